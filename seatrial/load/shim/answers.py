"""When an answer was there, as against when this process got round to it.

After a stall hundreds of answers are there at once. The event loop sees them all in one look, then
lets one user after the other take its own; the last would be charged with the others' Python. The time
of the look is known, so that wait is taken off, and told as the generator's own lag.
"""

import os
import time

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

    libev asks for 64 events at a time, and for twice as many only after it was given that many.
    """
    loop = gevent.get_hub().loop
    readable = os.eventfd(1)
    fds = [os.dup(readable) for _ in range(BURST)]
    watchers = [loop.io(fd, _READ) for fd in fds]
    for watcher in watchers:
        watcher.start(lambda: None)
    for _ in range(BURST.bit_length()):
        gevent.sleep(0)
        gevent.sleep(0.001)
    for watcher, fd in zip(watchers, fds, strict=True):
        watcher.stop()
        watcher.close()
        os.close(fd)
    os.close(readable)
