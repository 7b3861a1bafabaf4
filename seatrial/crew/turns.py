"""Turns: how many are at work at the same time, and that those who take long keep no other from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Turns:
    """A few at work, and a bounded number more that were, and take long."""

    def __init__(self, at_once: int, waiting_max: int) -> None:
        self._limiter = anyio.CapacityLimiter(at_once + waiting_max)
        self._places = anyio.Semaphore(at_once)

    @asynccontextmanager
    async def take(self) -> AsyncIterator["Turn"]:
        """Entered once there is a place."""
        async with self._limiter:
            await self._places.acquire()
            turn = Turn(self._places)
            try:
                yield turn
            finally:
                turn.give_up()


class Turn:
    """One of the few places at work; given up early by whoever takes long."""

    def __init__(self, places: anyio.Semaphore) -> None:
        self._places = places
        self._held = True

    def give_up(self) -> None:
        """Let another have it."""
        if self._held:
            self._held = False
            self._places.release()
