"""file.permission: a file that may not be read any more."""

import stat
from pathlib import Path
from typing import Annotated, ClassVar

from seatrial.api import Action, Fatal, Field, ForeignChange, HostTarget, Lease, Model, files


class Before(Model):
    """The file and its mode, which have to come back."""

    path: Path
    inode: int
    mode: int


class FilePermission(Action[HostTarget, Before]):
    """Changes the mode of a file or folder: a deployment that ran as the wrong user.

    What is open already stays open; root may read all the same.
    """

    name: ClassVar[str] = "file.permission"
    needs: ClassVar[str] = "to be root or the file's owner"

    path: Path
    """The file or folder; of a link, what it points to."""
    mode: Annotated[str, Field(pattern=r"^0?[0-7]{3}$")] = "000"
    """The mode while the fault is there, in octal digits between quotes: "000" lets nobody in."""

    def prepare(self, target: HostTarget, lease: Lease) -> Before:
        found = files.stamp(self.path.resolve())
        if found is None:
            raise Fatal(f"there is no {self.path}")
        before = stat.S_IMODE(found.mode)
        if before == self._wanted():
            raise Fatal(f"{self.path} has mode {before:03o} already")
        return Before(path=self.path.resolve(), inode=found.inode, mode=before)

    def apply(self, target: HostTarget, state: Before) -> None:
        if self._mode(state) != state.mode:
            raise Fatal(f"{state.path} is not as it was: somebody else has changed it")
        state.path.chmod(self._wanted())

    def undo(self, target: HostTarget, state: Before) -> None:
        """Give it the mode back that it had, unless somebody else has changed or replaced it."""
        now = self._mode(state)
        if now in (state.mode, None):
            return
        if now != self._wanted():
            raise ForeignChange(f"{state.path} has mode {now:03o}: neither ours nor what it was")
        state.path.chmod(state.mode)

    def is_undone(self, target: HostTarget, state: Before) -> bool:
        return self._mode(state) in (state.mode, None)

    def has_effect(self, target: HostTarget, state: Before) -> bool:
        return self._mode(state) == self._wanted()

    def changes(self, target: HostTarget) -> list[str]:
        return [f"the file {self.path.resolve()}"]

    def refusal(self, target: HostTarget) -> str | None:
        return files.why_untouchable(self.path.resolve())

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return files.missing_to_change(self.path)

    def _wanted(self) -> int:
        return int(self.mode, 8)

    @staticmethod
    def _mode(state: Before) -> int | None:
        """None where this very file is not there any more."""
        found = files.stamp(state.path)
        return stat.S_IMODE(found.mode) if found is not None and found.inode == state.inode else None
