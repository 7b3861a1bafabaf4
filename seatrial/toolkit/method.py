"""The method: its activities in their order, those in the background beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import anyio
import anyio.lowlevel

from seatrial.journal.entries import Applied, ApplyFailed, Entry
from seatrial.journal.script_entries import Performed, Section
from seatrial.journal.writer import JournalWriter
from seatrial.model.record import JsonValue
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.performed import CUT_SHORT
from seatrial.toolkit.planning import fault_of
from seatrial.toolkit.rollbacks import Rollbacks
from seatrial.toolkit.row import Step
from seatrial.toolkit.stage import Stage


@dataclass
class Method:
    """The method of one run."""

    stage: Stage
    rollbacks: Rollbacks
    journal: JournalWriter

    async def run(self) -> None:
        """All of it; returns once those in the background have ended too."""
        document = self.stage.file.document
        runs: list[Performed] = []
        await self.stage.control("method", "before")
        async with anyio.create_task_group() as background:
            for row in self._rows():
                if len(row) > 1:
                    await self.stage.row(Section.METHOD, row, partial(self._told, runs))
                    continue
                [(index, activity)] = row
                await self.rollbacks.capture(index, activity)
                if document.is_background(Section.METHOD, index):
                    background.start_soon(partial(self._perform, runs, index, activity, background=True))
                    await anyio.lowlevel.checkpoint()  # it begins before the next one
                else:
                    await self._perform(runs, index, activity)
        state: list[JsonValue] = [one.run for one in sorted(runs, key=lambda one: one.index)]
        await self.stage.control("method", "after", state)

    def _rows(self) -> Iterator[list[Step]]:
        """Its activities in their order, those together that have nothing between them."""
        steps = enumerate(self.stage.file.document.activities(Section.METHOD))
        for is_plain, group in groupby(steps, key=lambda step: self._is_plain(*step)):
            if is_plain:
                yield list(group)
            else:
                yield from ([one] for one in group)

    def _is_plain(self, index: int, activity: Activity) -> bool:
        if self.stage.file.document.is_background(Section.METHOD, index) or self.rollbacks.captures(activity):
            return False
        return self.stage.is_plain(Section.METHOD, index, activity)

    async def _perform(
        self, runs: list[Performed], index: int, activity: Activity, *, background: bool = False
    ) -> None:
        began_s = self.journal.now_s
        try:
            performed = await self.stage.perform(Section.METHOD, index, activity, background=background)
        except anyio.get_cancelled_exc_class():
            self._tell(index, activity, began_s, CUT_SHORT)
            raise
        runs.append(performed)
        self._tell(index, activity, began_s, _failure_of(performed))

    def _tell(self, index: int, activity: Activity, began_s: float, failure: str) -> None:
        took_s = self.journal.now_s - began_s
        self.journal.append_if_possible(*self._as_fault(index, activity, took_s, failure))

    def _told(
        self, runs: list[Performed], index: int, activity: Activity, performed: Performed
    ) -> list[Entry]:
        """Of one in a row."""
        runs.append(performed)
        took_s = performed.run.get("duration")
        took_s = took_s if isinstance(took_s, float) else 0.0
        return self._as_fault(index, activity, took_s, _failure_of(performed))

    def _as_fault(self, index: int, activity: Activity, took_s: float, failure: str) -> list[Entry]:
        """An action is a fault: report and verdict know it by its id."""
        if activity.type != "action" or self.stage.file.options.leaves_out_actions:
            return []
        fault = fault_of(self.stage.file, Section.METHOD, index)
        if failure:
            return [ApplyFailed(id=fault, reason=failure)]
        return [Applied(id=fault, took_s=round(took_s, 4))]


def _failure_of(performed: Performed) -> str:
    """Why it failed; empty where it did not."""
    return performed.reason if performed.run.get("status") != "succeeded" else ""
