"""Live progress: a function of the journal's entries, as they are written."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from seatrial.cli.console import tell
from seatrial.cli.event_line import event_line
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
        text = event_line(self._plan, entry)
        if text:
            tell(f"{t_s:7.1f} s  {text}")


@contextmanager
def open_progress(plan: Plan) -> Iterator[Progress]:
    """The right display for where stderr goes: a live view in a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield PlainProgress(plan)
        return
    from seatrial.cli.live import LiveProgress

    with LiveProgress(plan) as live:
        yield live
