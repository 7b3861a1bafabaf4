"""The fence: an injection writes into a cluster only while its run is sure to hold its Lease.

A runner that was stopped, or whose machine slept, may wake up after guardians have undone its faults. Its
workers would go on with what they were at. So every write that is part of an injection looks here first,
at a file that the runner moves on with each renewal. The time is that of CLOCK_BOOTTIME, which runs on
while the machine sleeps.
"""

import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from seatrial.kube.failures import KubeError

_DOUBLE = struct.Struct("d")
_LOCKED = 423
_within: ContextVar[Path | None] = ContextVar("fence", default=None)
"""The fence that is written within; a worker may do many verbs at once, each in a thread of its own."""


def now_s() -> float:
    """Seconds since this machine booted, with those that it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Fence:
    """The runner's end of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.open_until(0.0)

    def open_until(self, boot_s: float) -> None:
        """From then on nothing is written any more."""
        os.pwrite(self._file, _DOUBLE.pack(boot_s), 0)

    def close(self) -> None:
        """There is no run any more that could write."""
        os.close(self._file)
        self.path.unlink(missing_ok=True)


@contextmanager
def within(path: Path | None) -> Iterator[None]:
    """What is written into a cluster in here is written within this fence; None: there is none."""
    token = _within.set(path)
    try:
        yield
    finally:
        _within.reset(token)


def check() -> None:
    """Raises KubeError where nothing may be written any more."""
    path = _within.get()
    if path is None:
        return
    try:
        until_s = _DOUBLE.unpack(path.read_bytes())[0]
    except (OSError, struct.error):
        until_s = 0.0
    if now_s() >= until_s:
        reason = "the run's Lease was not renewed in time: guardians in the cluster may be undoing it"
        raise KubeError(_LOCKED, "Fenced", reason)
