"""Sleeps to a moment, to some ten microseconds.

gevent's own timers end in epoll_wait, which counts whole milliseconds: on average half a millisecond
late, which a schedule of arrivals would report as latency. A timerfd does not round.
"""

import ctypes
import os
import sys
import time

import gevent

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK = os.O_NONBLOCK
_TFD_CLOEXEC = os.O_CLOEXEC
_TFD_TIMER_ABSTIME = 1
_READ = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


class Sleeper:
    """Wakes its greenlet at a time of the monotonic clock."""

    def __init__(self) -> None:
        self._hub = gevent.get_hub()
        self._fd = -1
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._fd = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        if self._fd >= 0:
            self._spec = _Itimerspec()
            self._watcher = self._hub.loop.io(self._fd, _READ)

    def until(self, monotonic_s: float) -> None:
        """Return at that moment, or at once when it has passed."""
        if self._fd < 0:
            gevent.sleep(max(monotonic_s - time.monotonic(), 0))
            return
        if monotonic_s <= time.monotonic():
            return
        whole_s = int(monotonic_s)
        self._spec.it_value.tv_sec = whole_s
        self._spec.it_value.tv_nsec = int((monotonic_s - whole_s) * 1e9)
        self._libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(self._spec), None)
        self._hub.wait(self._watcher)
        os.read(self._fd, 8)

    def close(self) -> None:
        """Give the timer back."""
        if self._fd >= 0:
            self._watcher.close()
            os.close(self._fd)
            self._fd = -1
