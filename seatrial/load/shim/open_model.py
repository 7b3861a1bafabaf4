"""The open model over any Locust file: arrivals on a schedule, each runs one task of some user."""

import math
import random
import time
from collections import deque
from collections.abc import Callable
from itertools import accumulate

import gevent
from gevent.event import Event
from gevent.pool import Group
from locust import User
from locust.env import Environment

from seatrial.load.schedule import Schedule, Segment, arrival_times
from seatrial.load.shim.recorder import Recorder
from seatrial.load.shim.requests_user import RequestsUser
from seatrial.load.shim.seat import Arrival, Seat
from seatrial.load.shim.sleeper import Sleeper
from seatrial.load.wire import OpenConfig

HEAD_START_S = 0.25
"""Between making the first users and the first arrival, unless they are all ready before."""
LOOK_EVERY_S = 0.005
READY_MIN = 10
"""Users kept at least, unless `max_in_flight` is smaller: as many connections to spread over."""
READY_S = 0.1
"""Users kept ready for this many seconds of arrivals."""
SURPLUS_KEPT_S = 10
"""A user not needed within this time is let go."""
BATCH_MAX = 100
"""Arrivals started in a row before other greenlets get their turn."""


class Pool:
    """The users of one class: idle ones, and arrivals that wait for one."""

    def __init__(self, user_class: type[User], model: "OpenModel") -> None:
        self.user_class = user_class
        self.idle: deque[Seat] = deque()
        self._waiting: deque[Arrival] = deque()
        self._model = model
        self._seats = 0
        self._starting = 0
        self._in_flight_peaks: deque[int] = deque([0], maxlen=SURPLUS_KEPT_S)
        self._in_flight = 0
        self._more = Event()
        self.ready_wanted = 0
        """Users to keep idle, so that an arrival seldom has to wait for one."""

    @property
    def users(self) -> int:
        """User instances alive."""
        return self._seats

    @property
    def is_ready(self) -> bool:
        """As many users as wanted wait for arrivals."""
        return len(self.idle) >= self.ready_wanted

    def arrive(self, arrival: Arrival) -> None:
        """Start the arrival's task, or let it wait for a user."""
        self._in_flight += 1
        self._in_flight_peaks[-1] = max(self._in_flight_peaks[-1], self._in_flight)
        if self.idle:
            self.idle.popleft().give(arrival)
        else:
            self._waiting.append(arrival)
        if self._too_few():
            self._more.set()

    def take_waiting(self) -> Arrival | None:
        """The arrival that has been waiting longest, for a user that is free now."""
        return self._waiting.popleft() if self._waiting else None

    def finished(self, arrival: Arrival) -> None:
        """An arrival's task is over."""
        self._in_flight -= 1
        self._model.finished(arrival)

    def forget(self, seat: Seat, given: Arrival | None) -> None:
        """A user was ended while it was idle; an arrival on its way to it waits on."""
        if seat in self.idle:
            self.idle.remove(seat)
        if given is not None:
            self._waiting.appendleft(given)

    def keep_ready(self) -> None:
        """Make users, evenly over the head start at first, then whenever there are too few. Never returns.

        Those of `requests:` come at once: unlike others, they send nothing when they begin.
        """
        is_quiet = issubclass(self.user_class, RequestsUser)
        pause_s = 0.0 if is_quiet else HEAD_START_S / max(self.ready_wanted, 1) / 2
        while True:
            while self._too_few() and self._seats < self._model.max_in_flight:
                self._make_user()
                gevent.sleep(pause_s)
            pause_s = 0.0
            self._more.clear()
            self._more.wait()

    def expect(self, rate: float) -> None:
        """Keep users ready for this many arrivals a second."""
        wanted = max(READY_MIN, math.ceil(rate * READY_S))
        self.ready_wanted = min(wanted, self._model.max_in_flight)

    def let_surplus_go(self) -> None:
        """Once a second: end some of the users that ten seconds have not needed."""
        needed = max(self._in_flight_peaks) + self.ready_wanted
        self._in_flight_peaks.append(self._in_flight)
        for _ in range(min(math.ceil((self._seats - needed) / 5), len(self.idle))):
            self.idle.popleft().retire()
        self._more.set()

    def _too_few(self) -> bool:
        return len(self.idle) + self._starting < self.ready_wanted

    def _make_user(self) -> None:
        self._seats += 1
        self._starting += 1
        user = self.user_class(self._model.environment)
        seat = Seat(self, user, self._ready)
        seat.start(self._model.group, self._live)

    def _live(self, seat: Seat) -> None:
        """A user's whole life; Locust has logged and counted an exception before it arrives here."""
        error: Exception | None = None
        try:
            seat.user.run()  # type: ignore[no-untyped-call]
        except Exception as raised:  # noqa: BLE001  out of on_start: it becomes the arrival's failure
            error = raised
        finally:
            self._ended(seat, error)

    def _ready(self) -> None:
        self._starting -= 1

    def _ended(self, seat: Seat, error: Exception | None) -> None:
        self._seats -= 1
        if seat.was_ready:
            return
        self._starting -= 1
        arrival = self.take_waiting() if error is not None else None
        if arrival is not None:
            # No user can be made for it: the arrival fails, it does not vanish.
            waited_ms = (time.monotonic() - arrival.intended_s) * 1000
            self._model.recorder.request("on_start", waited_ms, 0.0, error, None)
            self.finished(arrival)


class OpenModel:
    """Runs one worker's part of the schedule."""

    def __init__(
        self,
        environment: Environment,
        config: OpenConfig,
        recorder: Recorder,
        *,
        user_classes: list[type[User]],
        seed: int,
        worker: int,
        workers: int,
    ) -> None:
        self.environment = environment
        self.recorder = recorder
        self.group = Group()
        self.max_in_flight = config["max_in_flight"]
        self._schedule = Schedule([Segment(*segment) for segment in config["segments"]])
        self._times = arrival_times(
            self._schedule, config["arrivals"], seed=seed, worker=worker, workers=workers
        )
        self._workers = workers
        self._pools = [Pool(one, self) for one in user_classes]
        self._weights = list(accumulate(one.weight for one in user_classes))
        self._expect(0.0)
        self._draw = random.Random(f"{seed}:{worker}:users")
        self._in_flight: dict[Arrival, None] = {}
        self._helpers = Group()
        self._began_s = time.monotonic()
        """When the schedule began, or will soon, on the monotonic clock."""

    @property
    def users(self) -> int:
        """User instances alive."""
        return sum(pool.users for pool in self._pools)

    @property
    def in_flight(self) -> int:
        """Arrivals that have not ended."""
        return len(self._in_flight)

    def oldest_ms(self) -> float:
        """How long the oldest arrival in flight has been due."""
        oldest = next(iter(self._in_flight), None)
        return (time.monotonic() - oldest.intended_s) * 1000 if oldest is not None else 0.0

    def finished(self, arrival: Arrival) -> None:
        """An arrival is no longer in flight."""
        self._in_flight.pop(arrival, None)

    def start(self, on_begin: Callable[[], None], on_failure: Callable[[gevent.Greenlet], None]) -> None:
        """Make the first users, then follow the schedule until stopped; tell when it begins."""
        for pool in self._pools:
            self._helpers.spawn(pool.keep_ready).link_exception(on_failure)
        self._helpers.spawn(self._look_after).link_exception(on_failure)
        self._helpers.spawn(self._follow_schedule, on_begin).link_exception(on_failure)

    def stop(self) -> None:
        """No more arrivals; end the users, which get half a second for their on_stop."""
        self._helpers.kill(block=False)
        self.group.kill(block=True, timeout=0.5)

    def _follow_schedule(self, on_begin: Callable[[], None]) -> None:
        self._await_users()
        self._began_s = time.monotonic()
        sleeper = Sleeper()
        try:
            on_begin()
            for batch, offset_s in enumerate(self._times):
                intended_s = self._began_s + offset_s
                if intended_s > time.monotonic():
                    sleeper.until(intended_s)
                elif batch % BATCH_MAX == 0:
                    gevent.sleep(0)
                self._arrive(intended_s)
        finally:
            sleeper.close()

    def _await_users(self) -> None:
        over_s = time.monotonic() + HEAD_START_S
        while time.monotonic() < over_s and not all(pool.is_ready for pool in self._pools):
            gevent.sleep(LOOK_EVERY_S)

    def _arrive(self, intended_s: float) -> None:
        now = self.recorder.slice_of_now()
        now.scheduled += 1
        now.lag_s = max(now.lag_s, time.monotonic() - intended_s)
        if len(self._in_flight) >= self.max_in_flight:
            now.dropped += 1
            return
        arrival = Arrival(intended_s)
        self._in_flight[arrival] = None
        self._choose().arrive(arrival)

    def _choose(self) -> Pool:
        if len(self._pools) == 1:
            return self._pools[0]
        return self._draw.choices(self._pools, cum_weights=self._weights)[0]

    def _look_after(self) -> None:
        while True:
            gevent.sleep(1)
            self._expect(time.monotonic() - self._began_s)
            for pool in self._pools:
                pool.let_surplus_go()

    def _expect(self, offset_s: float) -> None:
        rate = self._schedule.rate_at(offset_s) / self._workers
        for pool in self._pools:
            pool.expect(rate * pool.user_class.weight / self._weights[-1])
