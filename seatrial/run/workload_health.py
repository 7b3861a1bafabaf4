"""After undo: are the workloads that were touched as well as before? Seen by watches, not by polling.

What speaks to clusters is imported where a run has one.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio

from seatrial.journal.workload_back import WorkloadBack
from seatrial.plan.reach import Workload

if TYPE_CHECKING:
    from seatrial.kube.client import Json
    from seatrial.kube.reflector import Reflector
    from seatrial.plan.workloads import Collection


_TOGETHER_S: Final = 0.1
"""Changes that come in one burst are looked at once: a thousand workloads tell of thousands."""


class WorkloadHealth:
    """By label, how each does now. `async with health.watching(): ...`"""

    def __init__(self, workloads: Sequence[Workload], clock: Callable[[], float]) -> None:
        self._workloads = workloads
        self._clock = clock
        self._back_at: dict[str, float] = {}
        self._told: dict[str, WorkloadBack] = {
            one.object.label: WorkloadBack(before=one.ready, unseen="it was not asked yet")
            for one in workloads
        }
        self._news = anyio.Event()

    @property
    def are_back(self) -> bool:
        """True when all are as before."""
        return len(self._back_at) == len(self._workloads)

    async def back(self) -> None:
        """Return once all are as before, be it for a moment; must be called while they are followed."""
        while not self.are_back:
            await self._news.wait()

    def told(self, undone_s: float) -> dict[str, WorkloadBack]:
        """For the journal; `undone_s` is the run's time at the end of undo."""
        return {
            label: one.model_copy(update={"after_s": self._after_s(label, undone_s)})
            for label, one in self._told.items()
        }

    def _after_s(self, label: str, undone_s: float) -> float | None:
        return round(max(0.0, self._back_at[label] - undone_s), 3) if label in self._back_at else None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Follow them within."""
        if not self._workloads:
            yield
            return
        from seatrial.plan.workloads import watched

        async with anyio.create_task_group() as tasks:
            for some in watched(self._workloads):
                tasks.start_soon(self._watch, some)
            yield
            tasks.cancel_scope.cancel()

    async def _watch(self, some: "Collection") -> None:
        from seatrial.kube.client import connect
        from seatrial.kube.reflector import Reflector

        mine = {
            one.object.name: one
            for one in self._workloads
            if (one.access, one.object.kind, one.object.namespace) == (some.access, some.kind, some.namespace)
        }
        async with connect(some.access) as client, anyio.create_task_group() as tasks:
            reflector = Reflector(client, some.path, some.query)
            tasks.start_soon(reflector.run)
            while True:
                self._look(mine, reflector)
                self._news.set()
                self._news = anyio.Event()
                await reflector.changed()
                await anyio.sleep(_TOGETHER_S)

    def _look(self, mine: dict[str, Workload], reflector: "Reflector") -> None:
        from seatrial.kube.objects import metadata
        from seatrial.kube.reflector import Unseen

        try:
            found = {metadata(one)["name"]: one for one in reflector.objects()}
        except Unseen as why:
            for one in mine.values():
                self._back_at.pop(one.object.label, None)
                self._told[one.object.label] = WorkloadBack(before=one.ready, unseen=str(why))
            return
        for name, one in mine.items():
            self._take(one, found.get(name))

    def _take(self, one: Workload, found: "Json | None") -> None:
        from seatrial.kube.states import of_workload

        state = of_workload([found] if found is not None else []) or {}
        ready, desired = int(state.get("ready") or 0), int(state.get("desired") or 0)
        enough = bool(state) and ready >= min(one.ready, desired)
        label = one.object.label
        if enough and (state["rolled_out"] or not one.rolled_out):
            self._back_at.setdefault(label, self._clock())
        else:
            self._back_at.pop(label, None)
        self._told[label] = WorkloadBack(before=one.ready, ready=ready, desired=desired)
