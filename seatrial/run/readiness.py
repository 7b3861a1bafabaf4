"""Guardian and workers: both ready before the first injection, or nothing is injected."""

import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import anyio
import anyio.abc

from seatrial.crew.crew import Crew, open_crew
from seatrial.errors import SeatrialError
from seatrial.guardian.link import GuardianLink, open_guardian
from seatrial.journal.entries import GuardianReady
from seatrial.journal.writer import JournalWriter
from seatrial.run.undoing import Undoer
from seatrial.store import Run


class Readiness:
    """Makes them ready while the baseline is watched, so that nobody waits for them."""

    def __init__(self, run: Run, packs: Sequence[str], journal: JournalWriter) -> None:
        self._run = run
        self._packs = packs
        self._journal = journal
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
        async with anyio.create_task_group() as both:
            both.start_soon(self._enter_guardian, stack, (read, write), failures)
            both.start_soon(self._enter_crew, stack, write, failures)
        link, crew = self.link, self.crew
        if link is None or crew is None:
            on_failure("; ".join(failures))
            return
        try:
            self._journal.append(GuardianReady(guardian=link.process))
        except SeatrialError as error:
            on_failure(error.message)
            return
        self.undoer = Undoer(crew, self._journal, "runner")
        beside.start_soon(link.keep, on_failure)
        self._reached.set()

    async def _enter_guardian(
        self, stack: AsyncExitStack, crew_pipe: tuple[int, int], failures: list[str]
    ) -> None:
        try:
            self.link = await stack.enter_async_context(open_guardian(self._run, self._packs, crew_pipe))
        except SeatrialError as error:
            failures.append(error.message)

    async def _enter_crew(self, stack: AsyncExitStack, crew_pipe: int, failures: list[str]) -> None:
        try:
            self.crew = await stack.enter_async_context(open_crew(self._packs, [crew_pipe]))
        except SeatrialError as error:
            failures.append(error.message)

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
