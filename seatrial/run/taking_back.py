"""What a run did to the world, and its way back: faults first, precautions last of all."""

from dataclasses import dataclass

import anyio

from seatrial.journal.entries import Phase, PhaseStarted, Undo
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Plan
from seatrial.run.injection import Injector
from seatrial.run.lifting import Lifter
from seatrial.run.readiness import Readiness
from seatrial.run.stop import StopSwitch
from seatrial.run.undoing import deadline_s

_HAND_OVER_S = 10.0


@dataclass
class TakingBack:
    """Knows what is or may be injected, and whether it was seen to be gone."""

    plan: Plan
    journal: JournalWriter
    stop: StopSwitch
    ready: Readiness
    injector: Injector | None = None
    verified: bool = True
    """Whether every fault so far was seen to be undone."""
    lifted: bool = True
    """Whether every precaution was lifted."""

    @property
    def settled(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self.verified and self.lifted

    @property
    def hit(self) -> list[Undo]:
        """Everything that is or may be there, last first."""
        return self.injector.injected.newest_first() if self.injector is not None else []

    @property
    def taken(self) -> list[Undo]:
        """Precautions among it."""
        return [undo for undo in self.hit if undo.lifting is not None]

    @property
    def killed(self) -> list[Undo]:
        """What only its own supervisor brings back."""
        return [undo for undo in self.hit if self.plan.planned(undo.id)[0].irreversible]

    async def undo(self) -> float:
        """Take back the faults that are still there, newest first; returns when that was done."""
        self.stop.write_down(self.journal.append_if_possible)
        injector, undoer = self.injector, self.ready.undoer
        if injector is not None and undoer is not None and self.hit:
            decided_s = self.stop.decided_s if self.stop.decision else self.journal.now_s
            self.journal.append_if_possible(PhaseStarted(phase=Phase.UNDO))
            self.verified, self.lifted = False, not self.taken
            ending, others = set(injector.ending), {undo.id for undo in (*self.killed, *self.taken)}
            undos = [undo for undo in self.hit if undo.id not in others | ending]
            verified = await undoer.undo_all(undos, decided_s)
            await injector.settled()
            self.verified = verified and not ending & {undo.id for undo in self.hit}
            if self.verified:
                self.ready.calm()
        return self.journal.now_s

    async def lift(self) -> None:
        """What kept the run from disturbing others, once there is nothing left to disturb them."""
        _, crew, undoer = self.ready.reached()
        with anyio.CancelScope(shield=True):
            lifter = Lifter(crew, self.journal, undoer, self.stop.patience)
            self.lifted = await lifter.lift(self.taken, wait=not self.stop.was_asked)
        self.stop.waiting = None

    async def part(self) -> None:
        """Let the guardian go; where an undo failed, it has yet to finish what was begun here."""
        with anyio.CancelScope(shield=True):
            if self.settled:
                await self.ready.dismiss()
            else:
                self.journal.close()
                await self.ready.hand_over(sum(deadline_s(undo) for undo in self.hit) + _HAND_OVER_S)
