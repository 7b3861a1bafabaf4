"""What this machine has to give: memory and disks, as the kernel tells it."""

import os
import re
from contextlib import suppress
from pathlib import Path

from seatrial.targets.files import place_of

_PROC = Path("/proc")
_UNLIMITED = 1 << 60

PSEUDO_FILE_SYSTEMS = frozenset(
    {
        "autofs",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "ramfs",
        "rpc_pipefs",
        "securityfs",
        "sysfs",
        "tracefs",
    }
)
"""They hold no files of users, or, as ramfs does, have no end."""


def available_memory_bytes() -> int:
    """What can be taken without swapping: of the machine, and of the cgroup that this process is in."""
    text = (_PROC / "meminfo").read_text()
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    assert found, "Linux tells MemAvailable since 3.14"
    return min(int(found[1]) * 1024, _left_in_cgroup())


def _left_in_cgroup() -> int:
    left = _UNLIMITED
    for line in (_PROC / "self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            root = Path("/sys/fs/cgroup/memory")
            left = min(left, _left(root, path, "memory.limit_in_bytes", "memory.usage_in_bytes"))
        elif not controllers:
            left = min(left, _left(Path("/sys/fs/cgroup"), path, "memory.max", "memory.current"))
    return left


def _left(root: Path, path: str, limit: str, used: str) -> int:
    """The tightest of this cgroup and those above it."""
    left, folder = _UNLIMITED, root / path.lstrip("/")
    while folder != root.parent:
        with suppress(OSError, ValueError):  # `max` is no number; the root has no such files
            left = min(left, int((folder / limit).read_text()) - int((folder / used).read_text()))
        folder = folder.parent
    return max(0, left)


def file_system_of(path: Path) -> str:
    """The type of the file system that a path is on: `ext4`, `tmpfs`, `proc`."""
    device = os.stat(path).st_dev  # noqa: PTH116  the device is wanted, of links' targets too
    wanted = f"{os.major(device)}:{os.minor(device)}"
    best, kind = -1, "unknown"
    place = place_of(path)
    real = str(place.inner)
    for line in place.mounts.read_text().splitlines():
        left, _, right = line.partition(" - ")
        number, point = left.split()[2], _unescaped(left.split()[4])
        below = real == point or real.startswith(point.rstrip("/") + "/")
        if below and len(point) + 1000 * (number == wanted) > best:
            best, kind = len(point) + 1000 * (number == wanted), right.split()[0]
    return kind


def _unescaped(point: str) -> str:
    """Blanks and the like stand in mountinfo as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)


def is_on_root_file_system(path: Path) -> bool:
    return path.stat().st_dev == place_of(path).root.stat().st_dev


def free_bytes(path: Path) -> int:
    """What a user who is not root can still write there."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
