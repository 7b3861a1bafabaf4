"""Guardian and workers: both ready before the first injection, or nothing is injected."""

import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.abc

from seatrial.crew.crew import Crew, open_crew
from seatrial.errors import SeatrialError
from seatrial.guardian.link import GuardianLink, open_guardian
from seatrial.journal.writer import JournalWriter
from seatrial.model.experiment import Experiment
from seatrial.plan.plan import Plan
from seatrial.run.undoing import Undoer
from seatrial.store import Run

if TYPE_CHECKING:
    from seatrial.guardian.in_cluster.link import ClusterGuardians


_GUARDED_LONGER_S: Final = 900.0
"""How long beyond the plan's own time guardians in the cluster go on: for warm-up, undo, and what is slow."""


def guardians_in_cluster(experiment: Experiment, plan: Plan, run: Run) -> "ClusterGuardians | None":
    """Those that the experiment wants; None where the local one is enough."""
    if experiment.cluster_guardian is None or not plan.faults or plan.control:
        return None
    from seatrial.guardian.in_cluster.link import ClusterGuardians
    from seatrial.plan.cluster_guard import guarded_clusters

    deadline_s = plan.baseline_s + plan.fault_s + plan.recovery_s + _GUARDED_LONGER_S
    clusters = guarded_clusters(experiment, plan.faults)
    return ClusterGuardians(clusters, run.id, deadline_s, run.folder / "fence")


class Readiness:
    """Makes them ready while the baseline is watched, so that nobody waits for them."""

    def __init__(
        self,
        run: Run,
        packs: Sequence[str],
        journal: JournalWriter,
        in_cluster: "ClusterGuardians | None" = None,
    ) -> None:
        self._run = run
        self._packs = packs
        self._journal = journal
        self._in_cluster = in_cluster
        self._reached = anyio.Event()
        self.link: GuardianLink | None = None
        self.crew: Crew | None = None
        self.undoer: Undoer | None = None

    async def reach(
        self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup, on_failure: Callable[[str], object]
    ) -> None:
        """Start both; calls `on_failure` with the reason when they do not start, or die later."""
        failures: list[str] = []
        read, write = os.pipe()
        stack.callback(os.close, write)
        stack.callback(os.close, read)
        async with anyio.create_task_group() as all_of_them:
            all_of_them.start_soon(self._enter_guardian, stack, (read, write), beside, on_failure, failures)
            all_of_them.start_soon(self._enter_crew, stack, write, failures)
            if self._in_cluster is not None:
                all_of_them.start_soon(self._reach_cluster, self._in_cluster, beside, on_failure, failures)
        if failures or self.link is None or self.crew is None:
            on_failure("; ".join(failures))
            return
        try:
            self._journal.append(self.link.ready)
        except SeatrialError as error:
            on_failure(error.message)
            return
        self.undoer = Undoer(self.crew, self._journal, "runner")
        self._reached.set()

    async def _enter_guardian(
        self,
        stack: AsyncExitStack,
        crew_pipe: tuple[int, int],
        beside: anyio.abc.TaskGroup,
        on_loss: Callable[[str], object],
        failures: list[str],
    ) -> None:
        try:
            self.link = await stack.enter_async_context(open_guardian(self._run, self._packs, crew_pipe))
        except SeatrialError as error:
            failures.append(error.message)
            return
        beside.start_soon(self.link.keep, on_loss)  # at once: it takes silence for death

    async def _enter_crew(self, stack: AsyncExitStack, crew_pipe: int, failures: list[str]) -> None:
        try:
            self.crew = await stack.enter_async_context(open_crew(self._packs, [crew_pipe]))
        except SeatrialError as error:
            failures.append(error.message)

    async def _reach_cluster(
        self,
        guardians: "ClusterGuardians",
        beside: anyio.abc.TaskGroup,
        on_loss: Callable[[str], object],
        failures: list[str],
    ) -> None:
        try:
            for ready in await guardians.reach(beside, on_loss):
                self._journal.append(ready)
        except SeatrialError as error:
            failures.append(error.message)

    @property
    def fence(self) -> Path | None:
        """What injections into clusters are written within; None where there is nobody else to undo."""
        return self._in_cluster.fence_path if self._in_cluster is not None else None

    async def wait(self) -> None:
        """Return once both are ready."""
        await self._reached.wait()

    def reached(self) -> tuple[GuardianLink, Crew, Undoer]:
        """Both of them, and an undoer; after `wait`."""
        if self.link is None or self.crew is None or self.undoer is None:
            raise RuntimeError("there is no guardian and no crew yet")
        return self.link, self.crew, self.undoer

    def calm(self) -> None:
        """Every fault was taken away, as far as that could be done."""
        if self.link is not None:
            self.link.calm()

    async def hand_over(self, within_s: float) -> None:
        """Let the guardian finish what could not be undone here; the journal is closed."""
        if self.link is not None:
            await self.link.hand_over(within_s)

    async def dismiss(self) -> None:
        """Everything is undone and written: the guardian may go."""
        if self.link is not None:
            await self.link.dismiss()
        if self._in_cluster is not None:
            await self._in_cluster.remove()
