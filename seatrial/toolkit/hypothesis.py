"""Checking the steady-state hypothesis: its probes in their order, up to the first that does not hold."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from seatrial.journal.entries import StopKind
from seatrial.journal.script_entries import HypothesisChecked, Performed, ProbeCheck, Section
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Script
from seatrial.run.stop import StopSwitch
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.stage import Stage
from seatrial.toolkit.worker import Worker

_SHOWN: Final = 120
_LAST_LOOK_S: Final = 10.0
"""How long a check that goes on at the method's end may take to end."""


@dataclass
class Hypothesis:
    """The hypothesis of one run."""

    stage: Stage
    script: Script
    journal: JournalWriter
    stop: StopSwitch
    failures: int = 0
    """Checks while the method ran that did not hold."""
    over: anyio.Event = field(default_factory=anyio.Event)
    """Set at the method's end."""

    @property
    def is_there(self) -> bool:
        return bool(self.script.probes) and self.script.hypothesis != "skip"

    def runs(self, section: Section) -> bool:
        """Whether its strategy has it checked then."""
        return self.is_there and section in _WHEN[self.script.hypothesis]

    async def check(self, section: Section, on: Worker | None = None) -> HypothesisChecked:
        """Look once, and write down what was seen."""
        await self.stage.control("hypothesis", "before")
        runs: list[dict[str, Any]] = []
        checks: list[ProbeCheck] = []
        for index, probe in enumerate(self.stage.file.document.activities(section)):
            performed = await self.stage.perform(section, index, probe, on=on)
            checks.append(_check(probe, performed))
            runs.append({**performed.run, "tolerance_met": checks[-1].met is True})
            if checks[-1].met is not True:
                break
        state = {"steady_state_met": checks[-1].met is True, "probes": runs}
        await self.stage.control("hypothesis", "after", state)
        checked = HypothesisChecked(section=section, met=checks[-1].met, probes=tuple(checks))
        self.journal.append(checked)
        return checked

    async def watch(self) -> None:
        """Look again and again until the method is over, or a check fails and that is to end the run."""
        worker = await self.stage.fork()
        try:
            while not self.over.is_set():
                checked = await self.check(Section.DURING, worker)
                if worker.is_gone:
                    worker = await self.stage.fork()
                if checked.met is False:
                    self.failures += 1
                    if self.script.fail_fast:
                        last = checked.probes[-1]
                        reason = f"`{last.name}` is out of its tolerance: {last.reason}"
                        self.stop.turn(StopKind.GUARD, reason)
                        return
                with anyio.move_on_after(self.script.frequency_s):
                    await self.over.wait()
        finally:
            worker.close()

    async def end_watch(self, scope: anyio.CancelScope) -> None:
        """The method is over: let the check that goes on end, but not for ever."""
        self.over.set()
        scope.deadline = anyio.current_time() + _LAST_LOOK_S


_WHEN: Final = {
    "default": (Section.BEFORE, Section.AFTER),
    "before-method-only": (Section.BEFORE,),
    "after-method-only": (Section.AFTER,),
    "during-method-only": (Section.DURING,),
    "continuously": (Section.BEFORE, Section.DURING, Section.AFTER),
    "skip": (),
}


def _check(probe: Activity, performed: Performed) -> ProbeCheck:
    met = performed.run.get("tolerance_met") if performed.run.get("status") == "succeeded" else None
    tolerance = json.dumps(probe.tolerance, ensure_ascii=False)
    shown = json.dumps(performed.run.get("output"), ensure_ascii=False)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    reason = performed.reason or f"it gave {shown}"
    return ProbeCheck(
        name=probe.name,
        tolerance=tolerance,
        met=met if isinstance(met, bool) else None,
        reason="" if met is True else reason,
    )
