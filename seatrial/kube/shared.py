"""Equal questions that wait at one moment are asked once; no answer is older than its question.

A thousand targets ask the same things: whether an autoscaler looks after them, which pods their owner has.
Whoever asks what is just being asked waits for the end of that, and then shares the next answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any


class Shared:
    """For the tasks of one event loop."""

    def __init__(self) -> None:
        self._going: dict[Hashable, asyncio.Task[Any]] = {}
        self._next: dict[Hashable, asyncio.Task[Any]] = {}

    async def ask(self, key: Hashable, asking: Callable[[], Awaitable[Any]]) -> Any:
        """The answer, which many may get: nobody may change it. A caller that gives up disturbs no other."""
        waiting = self._next if key in self._going else self._going
        if key not in waiting:
            waiting[key] = asyncio.create_task(self._one(key, asking, self._going.get(key)))
            waiting[key].add_done_callback(_heard)
        return await asyncio.shield(waiting[key])

    async def _one(
        self, key: Hashable, asking: Callable[[], Awaitable[Any]], before: asyncio.Task[Any] | None
    ) -> Any:
        if before is not None:
            await asyncio.wait([before])
            self._going[key] = self._next.pop(key)
        try:
            return await asking()
        finally:
            if key not in self._next:
                del self._going[key]


def _heard(task: asyncio.Task[Any]) -> None:
    """Where all have given up nobody asks for its error, and the loop would complain."""
    if not task.cancelled():
        task.exception()
