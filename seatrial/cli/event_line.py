"""What happened in a run, in a line: a function of the journal's entries."""

from seatrial.journal import entries as journal
from seatrial.plan.plan import Plan


def event_line(plan: Plan, entry: journal.Entry) -> str:
    """What happened, in a line; empty for what happens all the time."""
    match entry:
        case journal.RunStarted():
            text = f"run {entry.run_id}"
        case journal.PhaseStarted():
            text = str(entry.phase)
        case journal.Applied():
            text = f"injected {_name(plan, entry.id)}"
        case journal.ApplyFailed():
            text = f"not injected {_name(plan, entry.id)}: {entry.reason}"
        case journal.EffectChecked():
            text = "" if entry.seen else f"no effect seen: {_name(plan, entry.id)}"
        case journal.GuardBreached():
            text = f"guard {entry.guard} broke: {entry.reason}"
        case journal.Stopped():
            text = f"stopped: {entry.reason}"
        case journal.Undone():
            text = f"{entry.result}: {_name(plan, entry.id)} {entry.reason}".rstrip()
        case journal.Recovered():
            text = "back: " + ", ".join(_back(name, after_s) for name, after_s in entry.after_s.items())
        case _:
            text = ""
    return text


def _back(name: str, after_s: float | None) -> str:
    return f"{name} not in time" if after_s is None else f"{name} after {after_s:.1f} s"


def _name(plan: Plan, undo_id: str) -> str:
    fault, planned = plan.planned(undo_id)
    return f"{fault.action} on {planned.target.label}"
