"""What happened in a run, in a line: a function of the journal's entries."""

from seatrial.journal import entries as journal
from seatrial.journal import script_entries as script
from seatrial.plan.plan import Plan, named


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
            text = "" if entry.seen is not False else f"no effect seen: {_name(plan, entry.id)}"
        case journal.GuardBreached():
            text = f"guard {entry.guard} broke: {entry.reason}"
        case journal.Stopped():
            text = f"stopped: {entry.reason}"
        case journal.Undone():
            text = f"{entry.result}: {_name(plan, entry.id)} {entry.reason}".rstrip()
        case journal.Recovered():
            text = "back: " + ", ".join(_back(name, after_s) for name, after_s in entry.took_s().items())
        case _:
            text = _script_line(entry)
    return text


def _script_line(entry: journal.Entry) -> str:
    """Of a Chaos Toolkit experiment."""
    match entry:
        case script.Performing():
            beside = " in the background" if entry.background else ""
            return f"{entry.section}: {entry.name} ({entry.what}){beside}"
        case script.Performed():
            return f"{entry.section}: {entry.run.get('status')}: {entry.reason}" if entry.reason else ""
        case script.HypothesisChecked():
            word = {True: "met", False: "NOT met", None: "unknown"}[entry.met]
            return f"hypothesis {entry.section} the method: {word}"
        case journal.Noted():
            return entry.text
        case _:
            return ""


def _back(name: str, after_s: float | None) -> str:
    return f"{name} not in time" if after_s is None else f"{name} after {after_s:.1f} s"


def _name(plan: Plan, undo_id: str) -> str:
    fault, planned = plan.planned(undo_id)
    return named(fault.action, planned.target)
