"""file.corrupt: a file with bytes in it that nobody wrote."""

import random
from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Damaged, Fatal, Field, HostTarget, Lease, damages, files


class FileCorrupt(Action[HostTarget, Damaged]):
    """Puts a copy in a file's place in which some bytes are wrong: a bad disk, a broken transfer.

    The size stays. Whoever opens it from then on finds the wrong one. Who has it open already keeps
    the right one.
    """

    name: ClassVar[str] = "file.corrupt"
    needs: ClassVar[str] = "to write to its folder"

    path: Path
    """The file; of a link, what it points to."""
    places: int = Field(default=16, ge=1, le=1_000_000)
    """How many bytes are turned into their opposite, at places by chance; small files have fewer."""

    def prepare(self, target: HostTarget, lease: Lease) -> Damaged:
        plan = damages.plan_damage(self.path, lease.id)
        if plan.size == 0:
            raise Fatal(f"{self.path} is empty: there is nothing to corrupt")
        return plan

    def apply(self, target: HostTarget, state: Damaged) -> None:
        damages.damage(state, self._turn(state))

    def undo(self, target: HostTarget, state: Damaged) -> None:
        """Put the file itself back, unless somebody else has changed what is there."""
        damages.repair(state, self._turn(state))

    def is_undone(self, target: HostTarget, state: Damaged) -> bool:
        return damages.is_repaired(state)

    def has_effect(self, target: HostTarget, state: Damaged) -> bool:
        return damages.is_damaged(state, self._turn(state))

    def changes(self, target: HostTarget) -> list[str]:
        return [f"the file {self.path.resolve()}"]

    def refusal(self, target: HostTarget) -> str | None:
        return files.why_untouchable(self.path.resolve())

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return files.missing_to_replace(self.path.resolve())

    def _turn(self, state: Damaged) -> damages.Spoil:
        """The same places for the same fault: undo knows them from the state alone."""
        chance = random.Random(state.seed)
        wrong = chance.sample(range(state.size), min(self.places, state.size))

        def turn(data: bytes, offset: int) -> bytes:
            spoilt = bytearray(data)
            for place in wrong:
                if offset <= place < offset + len(data):
                    spoilt[place - offset] ^= 0xFF
            return bytes(spoilt)

        return turn
