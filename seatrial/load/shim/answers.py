"""When an answer was there, as against when this process got round to it.

After a stall hundreds of answers are there at once. The event loop sees them all in one look, then
lets one user after the other take its own; the last would be charged with the others' Python. The time
of the look is known, so that wait is taken off, and told as the generator's own lag.
"""

import os
import resource
import time
from contextlib import ExitStack, suppress

import gevent

from seatrial.load.shim.recorder import Recorder

BURST = 1024
"""Answers seen in one look."""
_READ = 1


class AnswerClock:
    """Knows how long ago the event loop last looked at the sockets."""

    def __init__(self, recorder: Recorder) -> None:
        self._loop = gevent.get_hub().loop
        self._recorder = recorder

    def without_queueing_ms(self, response_ms: float) -> float:
        """An HTTP response time, measured until now, without the wait since the answer was seen.

        A request begun after the look has not waited for it: its time stays as it is.
        """
        # libev keeps the time of its look as wall-clock time, taken microseconds to milliseconds ago.
        since_look_s: float = time.time() - self._loop.now()  # noqa: TID251  only the difference counts
        if not 0 < since_look_s * 1000 < response_ms:
            return response_ms
        self._recorder.lag(since_look_s)
        return response_ms - since_look_s * 1000


def look_at_many() -> None:
    """Let the event loop see a whole burst of answers in one look.

    libev asks for 64 events at a time, and for twice as many only after it was given that many: give it
    that many, once. Where file descriptors are scarce it gets as many as there are.
    """
    loop = gevent.get_hub().loop
    with ExitStack() as opened:
        for fd in _always_readable(opened):
            watcher = loop.io(fd, _READ)
            opened.callback(watcher.close)
            watcher.start(lambda: None)
            opened.callback(watcher.stop)
        for _ in range(BURST.bit_length()):
            gevent.sleep(0.001)
    gevent.sleep(0.001)  # gevent closes a watched descriptor in its next round


def _always_readable(opened: ExitStack) -> list[int]:
    fds: list[int] = []
    free = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
    with suppress(OSError):
        fds.append(os.eventfd(1))
        opened.callback(os.close, fds[0])
        while len(fds) < min(BURST, free):
            fds.append(os.dup(fds[0]))
            opened.callback(os.close, fds[-1])
    return fds
