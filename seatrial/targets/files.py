"""Files as a fault finds and leaves them: told apart by inode, replaced in one step."""

import os
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from seatrial.errors import Fatal
from seatrial.model.base import Model

_ROOTS_OF_THE_MACHINE: Final = frozenset(
    map(
        Path,
        (
            "/",
            "/bin",
            "/boot",
            "/dev",
            "/etc",
            "/home",
            "/lib",
            "/lib64",
            "/proc",
            "/root",
            "/run",
            "/sbin",
            "/sys",
            "/tmp",  # noqa: S108  named to be refused
            "/usr",
            "/usr/bin",
            "/usr/lib",
            "/usr/sbin",
            "/var",
            "/var/lib",
            "/var/log",
        ),
    )
)
_OWN: Final = (
    Path(__file__).resolve().parents[1],
    Path(os.__file__).resolve().parent,
    Path(sys.executable).resolve(),
)
"""What undo runs from: this package, the standard library, the interpreter."""
_NEVER_BELOW: Final = tuple(map(Path, ("/proc", "/sys", "/dev", "/boot")))
_NEVER: Final = frozenset(
    map(Path, ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/fstab", "/etc/ld.so.cache"))
)

_OF_ANOTHER: Final = re.compile(r"(/proc/\d+/root)(/.*)?")


class Stamp(Model):
    """Which file it is, whose, and with which mode."""

    inode: int
    mode: int
    uid: int
    gid: int


def stamp(path: Path) -> Stamp | None:
    """None where nothing is there; a link is looked at itself."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stamp(inode=found.st_ino, mode=found.st_mode, uid=found.st_uid, gid=found.st_gid)


def real_path(path: Path) -> Path:
    """The path with its folders resolved, but not the file itself; raises Fatal where none is there."""
    real = path.parent.resolve() / path.name
    if not os.path.lexists(real):
        raise Fatal(f"there is no {path}")
    return real


def why_untouchable(path: Path) -> str | None:
    """Why this file or folder must never be taken away or changed, or None."""
    real = path.parent.resolve() / path.name
    if real in _ROOTS_OF_THE_MACHINE or path.resolve() in _ROOTS_OF_THE_MACHINE:
        return f"{path} is what this machine stands on: name a file of what is to be hit"
    if any(real.is_relative_to(folder) for folder in _NEVER_BELOW):
        return f"{path} is the kernel's: name a file of what is to be hit"
    if any(real.is_relative_to(own) or own.is_relative_to(real) for own in _OWN):
        return f"{path} is what Seatrial itself runs from: without it nothing could be undone"
    if real in _NEVER:
        return f"nobody could log in, or this machine not start again, without {path}"
    if not os.path.lexists(real):
        return f"there is no {path}"
    return None


def put_in_place(draft: Path, path: Path) -> None:
    """A file that is written becomes `path` in one step, and is there after a power cut."""
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def missing_to_change(path: Path) -> list[str]:
    """What this process lacks to change a file's mode, in words."""
    found = stamp(path.resolve())
    if found is None or os.geteuid() in (0, found.uid):
        return []
    return [f"to be root or the owner of {path}"]


def missing_to_replace(path: Path) -> list[str]:
    """What this process lacks to rename a file in its folder, in words."""
    folder = path.parent.resolve()
    if not folder.is_dir() or os.access(folder, os.W_OK | os.X_OK):
        return []
    return [f"to write to {folder}"]


class Place(NamedTuple):
    """A path behind all links."""

    root: Path
    """`/`, or `/proc/PID/root`."""
    inner: Path
    """As whoever has this root calls it."""

    @property
    def path(self) -> Path:
        """As this process calls it."""
        return self.root / self.inner.relative_to("/")

    @property
    def mounts(self) -> Path:
        """What is mounted there."""
        return Path("/proc/self/mountinfo") if self.root == Path("/") else self.root.with_name("mountinfo")


def place_of(path: Path) -> Place:
    """Where it is; raises Fatal where it leads through a link in another's files, which is followed here.

    Raises OSError where another's files may not be looked at.
    """
    found = _OF_ANOTHER.fullmatch(str(path))
    if found is None:
        return Place(Path("/"), path.resolve())
    inner = Path(os.path.normpath(found[2] or "/"))
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        real = Path(f"/proc/self/fd/{descriptor}").readlink()
    finally:
        os.close(descriptor)
    if real != inner:
        raise Fatal(f"{inner} leads to {real}: name the place itself")
    return Place(Path(found[1]), inner)


def placed_in(pid: int, path: Path) -> Path:
    """A path in the files of another process, as this one calls it."""
    return Path(f"/proc/{pid}/root") / path.relative_to("/")
