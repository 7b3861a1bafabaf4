"""Sends each second as soon as it is over."""

from collections.abc import Callable
from typing import Literal

import gevent

from seatrial.load.shim.open_model import OpenModel
from seatrial.load.shim.recorder import Recorder, Slice, parts
from seatrial.load.shim.sender import Sender
from seatrial.load.wire import End

TICK_S = 0.05
"""How often the event loop's own lateness is sampled."""


class Reporter:
    """One worker's messages to the engine."""

    def __init__(self, worker: str, pid: int, recorder: Recorder, sender: Sender) -> None:
        self._worker = worker
        self._pid = pid
        self._recorder = recorder
        self._sender = sender
        self._sampling = False
        self.open_model: OpenModel | None = None

    def start(self, closed_users: Callable[[], int]) -> None:
        """Say hello, and report every second from now on."""
        self._closed_users = closed_users
        self._hello("hello")
        gevent.spawn(self._every_second)

    def load_started(self) -> None:
        """Tell that requests are sent from now on."""
        if not self._sampling:
            gevent.spawn(self._sample_lag)  # only now: setting up is not lateness
            self._sampling = True
        self._hello("started")

    def finish(self) -> None:
        """Send what there is, the unfinished second too."""
        self._report(self._recorder.all_slices())
        self._sender.drain()

    def _hello(self, kind: Literal["hello", "started"]) -> None:
        second = self._recorder.slice_of_now().second
        self._sender.send({"kind": kind, "pid": self._pid, "worker": self._worker, "second": second})

    def _users(self) -> int:
        return self.open_model.users if self.open_model is not None else self._closed_users()

    def _every_second(self) -> None:
        while True:
            gevent.sleep(1 - self._recorder.now_unix() % 1)
            self._report(self._recorder.ended())

    def _report(self, slices: list[Slice]) -> None:
        cpu_share = self._recorder.cpu_share()
        for one in slices:
            for part in parts(self._worker, one, self._end(one, cpu_share)):
                self._sender.send(part)

    def _end(self, one: Slice, cpu_share: float) -> End:
        model = self.open_model
        return {
            "users": self._users(),
            "in_flight": model.in_flight if model is not None else 0,
            "oldest_ms": model.oldest_ms() if model is not None else 0.0,
            "dropped": one.dropped,
            "scheduled": one.scheduled,
            "cpu_share": cpu_share,
            "lag_ms": one.lag_s * 1000,
            "lost": self._sender.take_lost(),
            "user_errors": one.user_errors,
        }

    def _sample_lag(self) -> None:
        while True:
            due = self._recorder.now_unix() + TICK_S
            gevent.sleep(TICK_S)
            self._recorder.lag(self._recorder.now_unix() - due)
