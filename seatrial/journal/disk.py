"""What a journal asks of the disk: a lock that dies with its holder, room in reserve, a durable folder."""

import fcntl
import os
import threading
from pathlib import Path
from typing import Final

RESERVE_BYTES: Final = 256 * 1024
_LOOKS: Final = 10
_LOOK_S: Final = 0.005


def lock(descriptor: int, *, wait: bool) -> None:
    """Raises BlockingIOError while another writes; another's mere look at the lock is soon over."""
    if wait:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    never = threading.Event()
    for _ in range(_LOOKS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            never.wait(_LOOK_S)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def keep_reserve(path: Path) -> None:
    """Real blocks, not a hole: given back when the disk is full and undo has to be told."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Flush the names of its files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
