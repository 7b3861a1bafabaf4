"""Keep a disk busy. Arguments: a folder on it, and the size of the file that is written over and over.

The file has no name, so nothing is left when this process ends.
"""

import os
import random
import sys
import tempfile

BLOCK = 1024 * 1024


def main() -> None:
    """Write a block somewhere, wait until it is on the disk, read another one; again."""
    folder, size = sys.argv[1], int(sys.argv[2])
    blocks, chance, block = max(1, size // BLOCK), random.Random(os.getpid()), os.urandom(BLOCK)
    with tempfile.TemporaryFile(dir=folder, prefix=".seatrial-io-") as file:
        disk, told = file.fileno(), False
        os.posix_fallocate(disk, 0, blocks * BLOCK)
        while True:
            os.pwrite(disk, block, BLOCK * chance.randrange(blocks))
            os.fdatasync(disk)
            if not told:
                told = bool(os.write(1, b"ready\n"))
            os.posix_fadvise(disk, 0, 0, os.POSIX_FADV_DONTNEED)
            os.pread(disk, BLOCK, BLOCK * chance.randrange(blocks))


main()
