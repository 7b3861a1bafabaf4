"""team.deny_file: a file that nobody may read any more."""

import os
import stat
from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Fatal, ForeignChange, HostTarget, Lease, Model


class Mode(Model):
    """What must be put back; it is on disk before anything is changed."""

    path: Path
    inode: int
    before: int
    """The permissions as they were, such as 0o644."""


class DenyFile(Action[HostTarget, Mode]):
    """Takes all permissions off a file, as a careless chmod or half a deployment would."""

    name: ClassVar[str] = "team.deny_file"

    path: Path
    """The file; a relative path begins at the experiment's folder."""

    def prepare(self, target: HostTarget, lease: Lease) -> Mode:
        path = self.path.resolve()
        if not path.is_file():
            raise Fatal(f"{path} is not a file")
        inode, mode = _look(path)
        if mode == 0:
            raise Fatal(f"{path} has no permissions to take away")
        return Mode(path=path, inode=inode, before=mode)

    def apply(self, target: HostTarget, state: Mode) -> None:
        if _look(state.path) != (state.inode, state.before):
            raise Fatal(f"{state.path} has changed since it was looked at")
        state.path.chmod(0)

    def undo(self, target: HostTarget, state: Mode) -> None:
        """The permissions as they were, if they are still those that we set."""
        inode, mode = _look(state.path)
        if inode != state.inode or mode not in (0, state.before):
            raise ForeignChange(f"{state.path} has been changed by somebody else")
        state.path.chmod(state.before)

    def is_undone(self, target: HostTarget, state: Mode) -> bool:
        return _look(state.path) == (state.inode, state.before)

    def has_effect(self, target: HostTarget, state: Mode) -> bool:
        return _look(state.path) == (state.inode, 0)

    def missing_privileges(self, target: HostTarget) -> list[str]:
        owner = self.path.stat().st_uid if self.path.exists() else os.geteuid()
        return [] if os.geteuid() in (0, owner) else [f"to own {self.path}"]


def _look(path: Path) -> tuple[int, int]:
    """Which file it is, and its permissions; raises ForeignChange where it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise ForeignChange(f"{path} is gone") from None
    return found.st_ino, stat.S_IMODE(found.st_mode)
