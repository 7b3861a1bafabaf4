"""Take room on a file system. Arguments: a folder on it, bytes to take, bytes that have to stay free.

The file has no name: the room is free again the moment this process ends, also after a power cut.
"""

import os
import signal
import sys
import tempfile


def main() -> None:
    """Allocate, tell, and wait."""
    folder, size, floor = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    there = os.statvfs(folder)
    free = there.f_bavail * there.f_frsize
    if free - size < floor:
        raise OSError(f"{free} bytes are free, and {floor} have to stay")
    with tempfile.TemporaryFile(dir=folder, prefix=".seatrial-fill-") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.write(1, b"ready\n")
        signal.pause()


main()
