"""file.missing: a file that is not there."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Fatal, ForeignChange, HostTarget, Lease, Model, Retryable, files


class Moved(Model):
    """Where the file was, and where it is meanwhile."""

    path: Path
    aside: Path
    inode: int


class FileMissing(Action[HostTarget, Moved]):
    """Renames a file or folder, so that it is missing: a mount that failed, a wrong path.

    It stays in the same folder under a name that tells of the fault, so no byte of it is copied. What
    is open already stays open.
    """

    name: ClassVar[str] = "file.missing"
    needs: ClassVar[str] = "to write to its folder"

    path: Path
    """The file or folder; a link is taken away itself."""

    def prepare(self, target: HostTarget, lease: Lease) -> Moved:
        real = files.real_path(self.path)
        found = files.stamp(real)
        if found is None:
            raise Fatal(f"there is no {self.path}")
        aside = real.with_name(f".{real.name[:100]}.seatrial-{lease.id}")
        return Moved(path=real, aside=aside, inode=found.inode)

    def apply(self, target: HostTarget, state: Moved) -> None:
        if not self._is_ours(state.path, state):
            raise Fatal(f"{state.path} is not what it was: somebody else has replaced it")
        state.path.rename(state.aside)

    def undo(self, target: HostTarget, state: Moved) -> None:
        """Rename it back, unless somebody else has put another one there."""
        if not self._is_ours(state.aside, state):
            return
        if files.stamp(state.path) is not None:
            raise ForeignChange(f"somebody else has made a new {state.path}; what was there is {state.aside}")
        try:
            files.put_in_place(state.aside, state.path)
        except FileNotFoundError as error:
            raise Retryable("another undo is at it as well") from error

    def is_undone(self, target: HostTarget, state: Moved) -> bool:
        return files.stamp(state.aside) is None

    def has_effect(self, target: HostTarget, state: Moved) -> bool:
        return self._is_ours(state.aside, state) and files.stamp(state.path) is None

    def changes(self, target: HostTarget) -> list[str]:
        return [f"the file {self.path.absolute()}"]

    def refusal(self, target: HostTarget) -> str | None:
        return files.why_untouchable(self.path)

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return files.missing_to_replace(self.path)

    @staticmethod
    def _is_ours(path: Path, state: Moved) -> bool:
        found = files.stamp(path)
        return found is not None and found.inode == state.inode
