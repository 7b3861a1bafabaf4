"""How a part of a cluster does, from one reading to the next: a watch folded into quantities.

async with watching(access, path, query, states.of_pods) as watched:
    quantities = watched.take()
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import anyio

from seatrial.kube import states
from seatrial.kube.access import Access
from seatrial.kube.client import Json, connect
from seatrial.kube.objects import metadata
from seatrial.kube.reflector import Reflector, Unseen
from seatrial.kube.states import Quantities

_TOGETHER_S: Final = 0.1
"""Changes that come in one burst are looked at once."""

State = Callable[[Iterable[Json]], Quantities | None]


class Grown:
    """What counters have grown by since the watch began, whose objects come and go: restarts, events."""

    def __init__(self, count: Callable[[Json], int]) -> None:
        self._count = count
        self._last: dict[str, int] = {}
        self.total = 0

    def begin(self, found: Iterable[Json]) -> None:
        """What was there before does not count."""
        self._last = {metadata(one)["uid"]: self._count(one) for one in found}

    def take(self, one: Json) -> None:
        """An object as it is now."""
        uid, now = metadata(one)["uid"], self._count(one)
        self.total += max(0, now - self._last.get(uid, 0))
        self._last[uid] = now


class Watched:
    """The quantities since the last `take`."""

    def __init__(self, reflector: Reflector, state: State) -> None:
        self._reflector = reflector
        self._state = state
        self._least: Quantities = {}

    async def keep(self) -> None:
        """Look at every change, so that what lasted less than an interval is not missed."""
        while True:
            self._look()
            await self._reflector.changed()
            await anyio.sleep(_TOGETHER_S)

    def _look(self) -> Quantities | None:
        try:
            now = self._state(self._reflector.objects())
        except Unseen:
            return None
        for name, value in (now or {}).items():
            if name in states.LEAST and isinstance(value, int | float):
                before = self._least.get(name)
                self._least[name] = min(before, value) if isinstance(before, int | float) else value
        return now

    async def take(self) -> Quantities | None:
        """As of now, of some the least since the last time; None where there is nothing.

        Waits for the first look at the cluster. Raises Unseen.
        """
        await self._reflector.wait()
        now = self._state(self._reflector.objects())
        self._look()
        least, self._least = self._least, {}
        return None if now is None else {**now, **{name: least[name] for name in now if name in least}}


@asynccontextmanager
async def watching(
    access: Access,
    path: str,
    query: Mapping[str, str],
    state: State,
    grown: Grown | None = None,
) -> AsyncIterator[Watched]:
    """A watch of one collection for a whole run; raises InvalidInput where the access is wrong."""
    begun = False

    def on_change(kind: str, one: Json) -> None:
        if grown is not None and begun and kind != "DELETED":
            grown.take(one)

    async with connect(access) as client:
        reflector = Reflector(client, path, query, on_change)
        watched = Watched(reflector, state)

        async def keep() -> None:
            nonlocal begun
            await reflector.wait()
            if grown is not None:
                grown.begin(reflector.objects())
            begun = True
            await watched.keep()

        # No task group: a run enters and leaves what its probes hold open in an order of its own.
        tasks = [asyncio.create_task(reflector.run()), asyncio.create_task(keep())]
        try:
            yield watched
        finally:
            for task in tasks:
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.gather(*tasks, return_exceptions=True)
