"""The line to whoever wants the fault: a heartbeat a second on stdin, and what ends it.

Bytes are a heartbeat, and the line `stop` is the end, as the end of the stream is.
"""

import os
import select
import signal
import time
from enum import StrEnum

_STOP = b"stop"
_READ_BYTES = 4096


class Why(StrEnum):
    """Why a fault is over."""

    STOPPED = "stopped"
    """The line `stop` came."""
    CLOSED = "closed"
    """stdin came to its end: who wanted it hung up, or died."""
    SILENT = "silent"
    """No heartbeat came for `ttl_s`."""
    OVER = "over"
    """`not_after` is there."""
    SIGNAL = "signal"
    """SIGTERM, SIGINT or SIGHUP came, as they do when the pod is deleted."""
    FAILED = "failed"
    """It could not be begun or renewed."""


class Line:
    """Open from the beginning, so that no signal is missed; main thread only."""

    def __init__(self, ends_at_s: float, ttl_s: float) -> None:
        """`ends_at_s`: monotonic."""
        self._ends_at_s, self._ttl_s = ends_at_s, ttl_s
        self._heard_s = float("inf")
        self._rest = b""
        self._signals, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _woken)

    def first(self) -> Why | None:
        """Wait for the first heartbeat; None when it came."""
        return self._wait(self._ends_at_s, any_beat=True)

    def listen(self, until_s: float) -> Why | None:
        """Why it is over; None when it is not, and `until_s` is there."""
        return self._wait(until_s, any_beat=False)

    def _wait(self, until_s: float, *, any_beat: bool) -> Why | None:
        while True:
            silent_at_s = self._heard_s + self._ttl_s
            wakes_at_s = min(until_s, silent_at_s, self._ends_at_s)
            ready = select.select((0, self._signals), (), (), max(0.0, wakes_at_s - time.monotonic()))[0]
            if self._signals in ready:
                return Why.SIGNAL
            if 0 in ready and (why := self._hear()):
                return why
            if time.monotonic() >= self._ends_at_s:
                return Why.OVER
            if 0 in ready:
                if any_beat:
                    return None
            elif time.monotonic() >= silent_at_s:
                return Why.SILENT
            if time.monotonic() >= until_s:
                return None

    def _hear(self) -> Why | None:
        data = os.read(0, _READ_BYTES)
        if not data:
            return Why.CLOSED
        self._heard_s = time.monotonic()
        *lines, self._rest = (self._rest + data)[-_READ_BYTES:].split(b"\n")
        return Why.STOPPED if _STOP in map(bytes.strip, lines) else None


def _woken(*_: object) -> None:
    """The kernel has written to the pipe already."""
