"""The method: its activities in their order, those in the background beside them."""

from dataclasses import dataclass
from functools import partial

import anyio
import anyio.lowlevel

from seatrial.journal.entries import Applied, ApplyFailed
from seatrial.journal.script_entries import Performed, Section
from seatrial.journal.writer import JournalWriter
from seatrial.model.record import JsonValue
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.planning import fault_of
from seatrial.toolkit.rollbacks import Rollbacks
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
            for index, activity in enumerate(document.activities(Section.METHOD)):
                await self.rollbacks.capture(index, activity)
                if document.is_background(Section.METHOD, index):
                    background.start_soon(partial(self._perform, runs, index, activity, background=True))
                    await anyio.lowlevel.checkpoint()  # it begins before the next one
                else:
                    await self._perform(runs, index, activity)
        state: list[JsonValue] = [one.run for one in sorted(runs, key=lambda one: one.index)]
        await self.stage.control("method", "after", state)

    async def _perform(
        self, runs: list[Performed], index: int, activity: Activity, *, background: bool = False
    ) -> None:
        began_s = self.journal.now_s
        try:
            performed = await self.stage.perform(Section.METHOD, index, activity, background=background)
        except anyio.get_cancelled_exc_class():
            self._tell(index, activity, began_s, "cut short: the run was stopped")
            raise
        runs.append(performed)
        failure = performed.reason if performed.run.get("status") != "succeeded" else ""
        self._tell(index, activity, began_s, failure)

    def _tell(self, index: int, activity: Activity, began_s: float, failure: str) -> None:
        """An action is a fault: report and verdict know it by its id."""
        if activity.type != "action" or self.stage.file.options.leaves_out_actions:
            return
        fault = fault_of(self.stage.file, Section.METHOD, index)
        if failure:
            self.journal.append_if_possible(ApplyFailed(id=fault, reason=failure))
        else:
            took_s = round(self.journal.now_s - began_s, 4)
            self.journal.append_if_possible(Applied(id=fault, took_s=took_s))
