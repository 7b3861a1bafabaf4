"""Taking faults away: last in first out across faults, all attempted, each isolated, each verified.

The same code whoever does it: the runner, the guardian, or `seatrial rollback`.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal

import anyio

from seatrial.crew.crew import AT_ONCE, WAITING_MAX, Crew
from seatrial.crew.verbs import Answer, Failure, IsUndone, TakeBack
from seatrial.journal.entries import Undo, Undone, UndoResult, UndoStarted
from seatrial.journal.ledger import Ledger

By = Literal["runner", "guardian", "rollback"]

DEADLINE_S: Final = 30.0
"""How long one fault's undo is tried before it counts as failed; at least three times its action's
timeout."""
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0


def deadline_s(undo: Undo) -> float:
    """How long this undo is tried; for a precaution with the wait for its time."""
    patience_s = undo.lifting.patience_s if undo.lifting is not None else 0.0
    return patience_s + max(DEADLINE_S, 3 * undo.timeout_s)


class Undoer:
    """Undoes, verifies and writes down."""

    def __init__(self, crew: Crew, journal: Ledger, by: By, *, look_before: bool = True) -> None:
        """`look_before`: False where it was just seen that the faults are there."""
        self._crew = crew
        self._look_before = look_before
        self._journal = journal
        self._by = by
        self._returned: set[str] = set()
        """What was seen to be back; told once, also where a look at many was cut short."""
        self._turns = anyio.CapacityLimiter(AT_ONCE + WAITING_MAX)

    async def undo_all(self, undos: Sequence[Undo], decided_s: float) -> bool:
        """Undo reversible faults, newest first; True when every one is verified.

        `undos`: last injected first. `decided_s`: the run's time at which undo was decided. Never raises
        for what an action or the disk does; must run shielded from cancellation.
        """
        if not undos:
            return True
        self._journal.append_if_possible(UndoStarted(ids=tuple(undo.id for undo in undos)))
        verified = True
        for _, group in groupby(undos, key=_fault_of):
            results: list[UndoResult] = []
            async with anyio.create_task_group() as tasks:
                for undo in group:
                    tasks.start_soon(self._undo_into, results, undo, decided_s)
            verified = verified and UndoResult.FAILED not in results
        await self._journal.commit_if_possible()
        return verified

    async def _undo_into(self, results: list[UndoResult], undo: Undo, decided_s: float) -> None:
        undone = await self._undo(undo, decided_s)
        self._journal.append_if_possible(undone)
        results.append(undone.result)

    async def _undo(self, undo: Undo, decided_s: float) -> Undone:
        """Try until it is verified, refused for good, or out of time."""
        async with self._turns:  # its time begins when it is its turn
            tries = _Tries(self._crew, undo, look_before=self._look_before)
            await tries.make()
        took_s = round(self._journal.now_s - decided_s, 4)
        return Undone(
            id=undo.id,
            result=tries.result,
            by=self._by,
            attempts=tries.attempts,
            took_s=took_s,
            reason=tries.reason,
        )

    async def check_returned(self, undos: Sequence[Undo], ended_s: float) -> list[Undo]:
        """Look once for the successors of what was killed; writes down those found, returns the others."""

        async def look(undo: Undo) -> None:
            answer = await self._crew.call(IsUndone(undo=undo), undo.timeout_s)
            if answer.value is True:
                self._returned.add(undo.id)
                took_s = round(self._journal.now_s - ended_s, 4)
                self._tell(undo, UndoResult.RESTORED, took_s, "its own supervisor brought it back")

        async with anyio.create_task_group() as tasks:
            for undo in self._missing(undos):
                tasks.start_soon(look, undo)
        return self._missing(undos)

    def _missing(self, undos: Sequence[Undo]) -> list[Undo]:
        return [undo for undo in undos if undo.id not in self._returned]

    def give_up(self, undos: Sequence[Undo], ended_s: float) -> None:
        """Write down which killed targets did not come back."""
        took_s = round(self._journal.now_s - ended_s, 4)
        for undo in undos:
            self._tell(undo, UndoResult.NOT_BACK, took_s, "its own supervisor has not brought it back")

    def leave(self, undo: Undo, since_s: float, reason: str) -> None:
        """Write down that a precaution is left to end by itself."""
        self._tell(undo, UndoResult.EXPIRES, round(self._journal.now_s - since_s, 4), reason)

    def _tell(self, undo: Undo, result: UndoResult, took_s: float, reason: str) -> None:
        entry = Undone(id=undo.id, result=result, by=self._by, attempts=1, took_s=took_s, reason=reason)
        self._journal.append_if_possible(entry)


class _Tries:
    """All tries to undo one fault."""

    def __init__(self, crew: Crew, undo: Undo, *, look_before: bool) -> None:
        self._crew = crew
        self._undo = undo
        self._look_before = look_before
        self.attempts = 0
        self.result = UndoResult.FAILED
        self.reason = ""

    async def make(self) -> None:
        pause_s = _FIRST_PAUSE_S
        with anyio.move_on_after(deadline_s(self._undo)):
            while not await self._make_one():
                await anyio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            return
        self.reason = self.reason or f"not done within {deadline_s(self._undo):g} s"

    async def _make_one(self) -> bool:
        """True when there is no use in another. Only the first looks before it undoes."""
        is_first = self.attempts == 0
        self.attempts += 1
        timeout_s = self._undo.timeout_s * (1 if is_first else 2)
        answer = await self._crew.call(
            TakeBack(undo=self._undo, look_before=is_first and self._look_before), timeout_s
        )
        settled, self.reason = _settle(answer)
        if settled is not None:
            self.result = settled
        return settled is not None


def _fault_of(undo: Undo) -> str:
    return undo.id.partition(".")[0]


def _settle(answer: Answer) -> tuple[UndoResult | None, str]:
    """What an attempt came to; None where another try makes sense."""
    if answer.failure is Failure.FOREIGN:
        return UndoResult.FOREIGN, answer.reason
    if answer.failure is Failure.FATAL:
        return UndoResult.FAILED, answer.reason
    if answer.failure is not None:
        return None, answer.reason
    before, after = answer.value if isinstance(answer.value, list) else (False, False)
    if after:
        return (UndoResult.ALREADY if before else UndoResult.RESTORED), ""
    return None, "undo ran, but the fault is still there"
