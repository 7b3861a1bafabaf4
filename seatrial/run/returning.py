"""The recovery phase: every SLI has to be back and stay, every workload to do as well as before, every
killed process to have its successor.
"""

from dataclasses import dataclass
from typing import Final

import anyio

from seatrial.journal.entries import Phase, PhaseStarted, Recovered, Undo
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Plan
from seatrial.run.board import Board
from seatrial.run.recovery import recovered_after_s
from seatrial.run.stop import StopSwitch
from seatrial.run.undoing import Undoer
from seatrial.run.workload_health import WorkloadHealth
from seatrial.targets.target import KubernetesTarget

_RETURN_EVERY_S: Final = 0.5
_ONE_LOOK_S: Final = 2.0
"""Alerts are looked at once a second, and have to be seen after their time."""


@dataclass
class Recovery:
    """What comes after undo."""

    plan: Plan
    board: Board
    undoer: Undoer
    journal: JournalWriter
    stop: StopSwitch
    steady: tuple[float, float]
    """When the baseline began and ended."""

    async def wait(self, missing: list[Undo], undone_s: float) -> None:
        """Within the plan's time, and not at all where a person wants the run to end.

        `missing`: what was killed. `undone_s`: the run's time at the end of undo.
        """
        if not self.stop.was_asked:
            self.journal.append_if_possible(PhaseStarted(phase=Phase.RECOVERY))
            workloads = WorkloadHealth(self.plan.workloads, lambda: self.journal.now_s)
            with self.stop.patience(self.plan.recovery_s + self.plan.settle_s) as scope:
                async with anyio.create_task_group() as tasks, workloads.watching():
                    tasks.start_soon(self._await_return, missing, undone_s, workloads)
                    await self._await_back(undone_s, workloads)
            self.stop.waiting = None
            if not scope.cancelled_caught or anyio.current_time() >= scope.deadline:
                self.journal.append_if_possible(
                    Recovered(after_s=self._after_s(undone_s), workloads=workloads.told(undone_s))
                )
                await self._await_alerts(undone_s)
        with anyio.CancelScope(shield=True):
            self.undoer.give_up(await self.undoer.check_returned(missing, undone_s), undone_s)

    async def _await_back(self, undone_s: float, workloads: WorkloadHealth) -> None:
        while None in self._after_s(undone_s).values() or not workloads.are_back:
            await self.board.news()

    async def _await_alerts(self, undone_s: float) -> None:
        """Those that have to be over by a certain time are watched until they are, or until then."""
        limits = {n: one.resolved_within_s for n, one in enumerate(self.plan.alerts) if one.resolved_within_s}
        due_s = undone_s + max(limits.values(), default=0.0) + _ONE_LOOK_S
        if limits and due_s > self.journal.now_s:
            with self.stop.patience(due_s - self.journal.now_s):
                while any(self.board.alerts.get(number) != "inactive" for number in limits):
                    await self.board.news()
            self.stop.waiting = None

    def _after_s(self, undone_s: float) -> dict[str, float | None]:
        points = {sli.name: self.board.points(sli.name) for sli in self.plan.slis}
        return recovered_after_s(self.plan, points, undone_s, self.steady)

    async def _await_return(self, missing: list[Undo], undone_s: float, workloads: WorkloadHealth) -> None:
        """Pods are looked for when the watch of their workload tells that it has brought them back.

        To ask for a thousand of them again and again would keep their cluster from it.
        """
        while missing:
            if all(isinstance(undo.target, KubernetesTarget) for undo in missing):
                await workloads.back()
            missing[:] = await self.undoer.check_returned(missing, undone_s)
            await anyio.sleep(_RETURN_EVERY_S)
