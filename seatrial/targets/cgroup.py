"""A cgroup of one's own, with one process of somebody else's in it, and the way back.

    home/                    where the process was, and where it goes back to
    └── seatrial-LEASE/      made for one fault: the process, what it starts from then on, a limit

Version 1 and the limits of version 2 need a controller; freezing with version 2 needs none. In
version 2 a group that has processes cannot give limits to its children, so the own group is then
made below the nearest group above that does.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seatrial.errors import Fatal, Retryable
from seatrial.model.base import Model
from seatrial.targets import process as processes
from seatrial.targets.target import ProcessTarget

PROCESSES = "cgroup.procs"
_TRIES_MAX = 100
_VANISHED = (errno.ENOENT, errno.ENODEV)
"""A file of a group that is removed while it is open gives the latter."""


class Hierarchy(NamedTuple):
    """A tree of cgroups as it is mounted here."""

    version: int
    controllers: frozenset[str]
    mounted_at: Path
    root: str
    """The part of the tree that is mounted: `/`, or less in a container."""

    def home_of(self, pid: int) -> Path | None:
        """The group that a process is in; None where it lies outside what is mounted."""
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and self.version == 1 and self.controllers & set(controllers.split(",")):
                return self._inside(path)
            if not controllers and self.version == 2:
                return self._inside(path)
        return None

    def _inside(self, path: str) -> Path | None:
        below = path.removeprefix(self.root.rstrip("/"))
        folder = self.mounted_at / below.lstrip("/")
        return folder if path.startswith(self.root) and folder.is_dir() else None


class OwnCgroup(Model):
    """A group that is made for one fault; the journal holds it before it is there."""

    version: int
    folder: Path
    home: Path

    def make(self) -> None:
        """Make the group; nothing is in it yet."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise Fatal(f"{self.folder} cannot be made: {error.strerror}") from error

    def set(self, name: str, value: str) -> None:
        """Write one of its files: `cpu.max`."""
        try:
            (self.folder / name).write_text(value)
        except OSError as error:
            if error.errno in _VANISHED:
                raise Retryable(f"{self.folder} has just been removed: another undo is at it") from error
            raise Fatal(f"{name} cannot be set to {value}: {error.strerror}") from error

    def get(self, name: str) -> str | None:
        """Read one of its files; None where the group is not there."""
        try:
            return (self.folder / name).read_text().strip()
        except OSError as error:
            if error.errno in _VANISHED:
                return None
            raise

    def enter(self, target: ProcessTarget) -> None:
        """Move the process in; what it starts from then on is born there."""
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        try:
            (self.folder / PROCESSES).write_text(str(target.pid))
        except ProcessLookupError as error:
            raise Fatal(f"{target.label} is gone") from error
        except OSError as error:
            raise Fatal(f"{target.label} cannot be moved to {self.folder}: {error.strerror}") from error

    def holds(self, target: ProcessTarget) -> bool:
        """True while this very process is in it."""
        return str(target.pid) in (self.get(PROCESSES) or "").split() and processes.is_alive(target)

    def dissolve(self) -> None:
        """Move all that is in it home, and remove it; raises Retryable while that does not work."""
        home = next(folder for folder in (self.home, *self.home.parents) if (folder / PROCESSES).exists())
        for _ in range(_TRIES_MAX):
            members = (self.get(PROCESSES) or "").split()
            for pid in members:
                with suppress(ProcessLookupError):
                    (home / PROCESSES).write_text(pid)
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError as error:
                if error.errno != errno.EBUSY or not members:
                    break
            else:
                return
        if self.folder.exists():
            raise Retryable(f"{self.folder} cannot be removed yet")

    @property
    def exists(self) -> bool:
        return self.folder.exists()


def own_cgroup(target: ProcessTarget, controller: str, lease: str) -> OwnCgroup:
    """Choose the group for a fault on this process; makes nothing. Raises Fatal where there is none."""
    for hierarchy in hierarchies(controller):
        try:
            home = hierarchy.home_of(target.pid)
        except (FileNotFoundError, ProcessLookupError):
            raise Fatal(f"{target.label} is gone") from None
        parent = home and _parent(hierarchy, home, controller)
        if home and parent:
            return OwnCgroup(version=hierarchy.version, folder=parent / f"seatrial-{lease}", home=home)
    raise Fatal(f"{target.label} is in no cgroup that can have a child with {controller}")


def hierarchies(controller: str) -> Iterator[Hierarchy]:
    """Where groups can be made that this controller works in, the better one first."""
    found = sorted(_mounted(), key=lambda one: -one.version)  # what version 2 has frozen can still be killed
    for one in found:
        if controller in one.controllers or (one.version == 2 and controller == "freezer"):
            yield one


def missing_here(controller: str) -> list[str]:
    """What this machine lacks for it, in words."""
    if any(hierarchies(controller)):
        return []
    return [f"the cgroup controller {controller}, of version 1 or 2"]


def missing_for(target: ProcessTarget, controller: str) -> list[str]:
    """What this process lacks to move the target to a group of its own, in words."""
    if missing := missing_here(controller):
        return missing
    try:
        own = own_cgroup(target, controller, "try")
    except Fatal as error:
        return [str(error)]
    places = (own.folder.parent, own.home / PROCESSES)
    return [f"to write to {place}" for place in places if not os.access(place, os.W_OK)]


def _parent(hierarchy: Hierarchy, home: Path, controller: str) -> Path | None:
    if hierarchy.version == 1 or controller == "freezer":
        return home
    for folder in (home, *home.parents):
        with suppress(OSError):
            if controller in (folder / "cgroup.subtree_control").read_text().split():
                return folder
        if folder == hierarchy.mounted_at:
            return None
    return None


def _mounted() -> Iterator[Hierarchy]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split()[:3]
        root, point = left.split()[3:5]
        if kind == "cgroup2":
            offered = (Path(point) / "cgroup.controllers").read_text().split()
            yield Hierarchy(2, frozenset(offered), Path(point), root)
        elif kind == "cgroup":
            yield Hierarchy(1, frozenset(options.split(",")), Path(point), root)
