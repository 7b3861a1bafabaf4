"""A row: activities with nothing between them, which a worker goes through without waiting for the runner.

runner ──queued──▶ journal      any of them may have begun
   └─────row─────▶ worker ─told─▶ runner ──performed, performing──▶ journal
                     └─told─▶ ...

Of an activity that returns at once, changing from one process to the other and back is most of what it takes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from seatrial.journal.entries import Entry
from seatrial.journal.script_entries import Performed, Queued, Section
from seatrial.journal.writer import JournalWriter
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.outcome import Outcome, Status
from seatrial.toolkit.performed import cut_short, now, performing, run_of

ENDING: Final = (Status.INTERRUPTED, Status.DIED)
"""After such an outcome nothing more is performed."""
Step = tuple[int, Activity]
"""The index of an activity in its section, and itself."""
Told = Callable[[int, Activity, Performed], Iterable[Entry]]
"""Answers what is to be written down beside one that has ended, or was cut short."""


class Row:
    """Writes down what becomes of them, in their order."""

    def __init__(
        self,
        section: Section,
        steps: Sequence[Step],
        journal: JournalWriter,
        told: Told,
        heed: Callable[[Activity, Outcome], None],
    ) -> None:
        self._section = section
        self._left = deque(steps)
        self._running: Step | None = steps[0]
        self._journal = journal
        self._told = told
        self._heed = heed
        self.request: dict[str, Any] = {
            "verb": "experiment",
            "call": "row",
            "section": section,
            "first": steps[0][0],
            "count": len(steps),
        }

    def begin(self) -> None:
        """Before the worker has it."""
        first = self._left[0]
        queued = Queued(section=self._section, first=first[0], count=len(self._left))
        self._journal.append_if_possible(queued, performing(self._section, *first))

    def took(self, outcome: Outcome) -> None:
        """The next of them has ended, and where it does not end the run the one after it has begun."""
        index, activity = self._left.popleft()
        run = run_of(outcome, activity, outcome.start or now())
        ended = Performed(section=self._section, index=index, run=run, reason=outcome.reason)
        self._running = self._left[0] if self._left and outcome.status not in ENDING else None
        begins = () if self._running is None else (performing(self._section, *self._running),)
        self._journal.append_if_possible(ended, *self._told(index, activity, ended), *begins)
        self._heed(activity, outcome)

    def cut_short(self) -> None:
        """The run was stopped, and the worker killed."""
        if self._running is not None:
            index, activity = self._running
            cut = cut_short(self._section, index, activity, now())
            self._journal.append_if_possible(cut, *self._told(index, activity, cut))
