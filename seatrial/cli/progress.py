"""Live progress: a function of the journal's entries, as they are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from seatrial.journal import entries as journal
from seatrial.plan.plan import Plan


class Progress(Protocol):
    """Shows a run while it goes on."""

    def take(self, t_s: float, entry: journal.Entry) -> None:
        """One more entry of the journal."""


class PlainProgress:
    """A line an event, for logs and CI."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def take(self, t_s: float, entry: journal.Entry) -> None:
        from seatrial.cli.console import tell

        text = self._line(entry)
        if text:
            tell(f"{t_s:7.1f} s  {text}")

    def _line(self, entry: journal.Entry) -> str:
        match entry:
            case journal.RunStarted():
                return f"run {entry.run_id}"
            case journal.PhaseStarted():
                return f"{entry.phase}"
            case journal.Applied():
                return f"injected {self._name(entry.id)}"
            case journal.ApplyFailed():
                return f"not injected {self._name(entry.id)}: {entry.reason}"
            case journal.GuardBreached():
                return f"guard {entry.guard} broke: {entry.reason}"
            case journal.Stopped():
                return f"stopped: {entry.reason}"
            case journal.Undone():
                return f"{entry.result}: {self._name(entry.id)} {entry.reason}".rstrip()
            case journal.Recovered():
                return "recovery: " + ", ".join(
                    f"{name} {'not back' if after_s is None else f'after {after_s:.1f} s'}"
                    for name, after_s in entry.after_s.items()
                )
            case _:
                return ""

    def _name(self, undo_id: str) -> str:
        fault, planned = self._plan.planned(undo_id)
        return f"{fault.action} on {planned.target.label}"


@contextmanager
def open_progress(plan: Plan) -> Iterator[Progress]:
    """The right display for this terminal."""
    yield PlainProgress(plan)
