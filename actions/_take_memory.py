"""Take memory and keep it. Arguments: bytes to take, and bytes that have to stay available."""

import mmap
import os
import re
import signal
import sys

CHUNK = 64 * 1024 * 1024


def available() -> int:
    """MemAvailable of this machine, in bytes."""
    with open("/proc/meminfo") as file:  # noqa: PTH123  pathlib would double the start-up
        found = re.search(r"^MemAvailable:\s+(\d+)", file.read(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def main() -> None:
    """Take it piece by piece, so that the floor is kept also while others take some too."""
    left, floor = int(sys.argv[1]), int(sys.argv[2])
    taken = []
    while left > 0:
        size = min(CHUNK, left)
        if available() - size < floor:
            raise MemoryError(f"{available()} bytes are available, and {floor} have to stay")
        taken.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE))
        left -= size
    os.write(1, b"ready\n")
    signal.pause()


main()
