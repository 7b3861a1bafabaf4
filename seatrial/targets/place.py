"""Where a path leads: here, or below `/proc/PID/root`, in what another process sees as its files."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from seatrial.errors import Fatal

_OF_ANOTHER: Final = re.compile(r"(/proc/\d+/root)(/.*)?")


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
