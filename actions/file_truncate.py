"""file.truncate: a file that ends too early."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Bytes, Damaged, Fatal, HostTarget, Lease, damages, files


class FileTruncate(Action[HostTarget, Damaged]):
    """Puts a copy in a file's place that ends too early: a power cut, a disk that was full.

    Whoever opens it from then on finds the short one. Who has it open already keeps the whole one.
    """

    name: ClassVar[str] = "file.truncate"
    needs: ClassVar[str] = "to write to its folder"

    path: Path
    """The file; of a link, what it points to."""
    keep: Bytes = 0
    """How much of its beginning is left."""

    def prepare(self, target: HostTarget, lease: Lease) -> Damaged:
        plan = damages.plan_damage(self.path, lease.id)
        if plan.size <= self.keep:
            raise Fatal(f"{self.path} has only {plan.size} bytes: nothing would be cut off")
        return plan

    def apply(self, target: HostTarget, state: Damaged) -> None:
        damages.damage(state, self._cut)

    def undo(self, target: HostTarget, state: Damaged) -> None:
        """Put the file itself back, unless somebody else has changed what is there."""
        damages.repair(state, self._cut)

    def is_undone(self, target: HostTarget, state: Damaged) -> bool:
        return damages.is_repaired(state)

    def has_effect(self, target: HostTarget, state: Damaged) -> bool:
        return damages.is_damaged(state, self._cut)

    def changes(self, target: HostTarget) -> list[str]:
        return [f"the file {self.path.resolve()}"]

    def refusal(self, target: HostTarget) -> str | None:
        return files.why_untouchable(self.path.resolve())

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return files.missing_to_replace(self.path.resolve())

    def _cut(self, data: bytes, offset: int) -> bytes:
        return data[: max(0, self.keep - offset)]
