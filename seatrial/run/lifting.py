"""Lifting precautions: each once it has not been needed for a while, all at once where a fault is left.

needed ─▶ quiet for long enough ─▶ undone        patience over, or nobody may wait ─▶ left to end by itself
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import anyio

from seatrial.crew.crew import Crew
from seatrial.crew.verbs import EndsByItself, StillNeeded
from seatrial.journal.entries import Noted, Undo
from seatrial.journal.ledger import Ledger
from seatrial.plan.plan import named
from seatrial.run.undoing import Undoer

_LOOK_EVERY_S: Final = 1.0
Within = Callable[[float], anyio.CancelScope]
"""A scope that ends after so many seconds, or when somebody does not want to wait any longer."""


def _within(for_s: float) -> anyio.CancelScope:
    return anyio.CancelScope(deadline=anyio.current_time() + for_s)


@dataclass
class Lifter:
    """Lifts what was taken."""

    crew: Crew
    journal: Ledger
    undoer: Undoer
    within: Within = _within

    async def lift(self, undos: Sequence[Undo], *, wait: bool, now: bool = False) -> bool:
        """Lift these, newest first; True when every one is over, or left to end by itself.

        `now`: needed or not, for a fault is left and somebody has to hear of it.
        """
        decided_s, verified = self.journal.now_s, True
        for undo in undos:
            why = "" if now else await self._needed(undo, wait=wait)
            if why:
                when = await self.crew.call(EndsByItself(undo=undo), undo.timeout_s)
                told = f"{why}: it ends by itself at {when.value}" if when.value else why
                self.undoer.leave(undo, decided_s, told)
            else:
                verified = await self.undoer.undo_all([undo], decided_s) and verified
        return verified

    async def _needed(self, undo: Undo, *, wait: bool) -> str:
        """Why it still is, after all patience; empty: it is not."""
        assert undo.lifting is not None
        why = await self._look(undo)
        if not wait:
            return why
        self._tell(undo, why)
        with self.within(undo.lifting.patience_s):
            quiet_since_s = anyio.current_time()
            while why or anyio.current_time() < quiet_since_s + undo.lifting.quiet_s:
                quiet_since_s = anyio.current_time() if why else quiet_since_s
                await anyio.sleep(_LOOK_EVERY_S)
                why = await self._look(undo)
            return ""
        return why or "it was needed until a moment ago"

    async def _look(self, undo: Undo) -> str:
        answer = await self.crew.call(StillNeeded(undo=undo), undo.timeout_s)
        return str(answer.value) if answer.failure is None else f"nobody can tell ({answer.reason})"

    def _tell(self, undo: Undo, why: str) -> None:
        if why:
            name = named(undo.action, undo.target)
            self.journal.append_if_possible(Noted(text=f"{name} is kept for now: {why}"))
