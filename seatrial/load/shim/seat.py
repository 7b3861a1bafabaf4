"""A user instance of the open model, and the arrival that it is serving.

                      ┌────────── idle, first in first out ──────────┐
    arrival ─▶ Pool ──┤ takes the one that has been idle longest     │◀── its task has ended
                      └─ none idle: waits, and another user is made ─┘

Taking the longest idle one spreads the arrivals over all kept-alive connections, as many clients
would: a few busy connections would stick to a few replicas behind a balancer.
"""
# mypy: disable-error-code="no-untyped-call"
# Locust's task sets carry no types.

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gevent
from gevent.hub import Waiter
from gevent.pool import Group
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_WAITING, TaskSet

if TYPE_CHECKING:
    from locust import User

    from seatrial.load.shim.open_model import Pool

_ATTRIBUTE = "_seatrial_seat"
_TREE_KEY = "seatrial_seat"


@dataclass(eq=False, slots=True)
class Arrival:
    """One scheduled piece of work."""

    intended_s: float
    """When it was due, on the monotonic clock."""


class Seat:
    """One user instance that runs one task for each arrival given to it."""

    def __init__(self, pool: "Pool", user: "User", on_ready: Callable[[], None]) -> None:
        self._pool = pool
        self.user = user
        self._on_ready = on_ready
        self._waiter: Waiter | None = None
        self._given: Arrival | None = None
        self._retired = False
        self.arrival: Arrival | None = None
        self.lag_ms = 0.0
        """Delay of the arrival's start, not yet added to a request."""
        self.was_ready = False
        setattr(user, _ATTRIBUTE, self)

    def start(self, group: Group, live: "Callable[[Seat], None]") -> None:
        """Give the user a greenlet of its own, in which `live` runs it."""
        greenlet = group.spawn(live, self)
        greenlet.spawn_tree_locals = {_TREE_KEY: self}  # its descendants inherit it
        # What User.start does, but that there a failure ends in a traceback for each user.
        self.user._greenlet, self.user._group = greenlet, group  # noqa: SLF001  no public way

    def give(self, arrival: Arrival) -> None:
        """Wake the idle user for an arrival."""
        self._given = arrival
        self._wake()

    def retire(self) -> None:
        """End the idle user."""
        self._retired = True
        self._wake()

    def take_lag_ms(self) -> float:
        """The delay to add to the first request of the arrival; 0 for later ones."""
        lag_ms, self.lag_ms = self.lag_ms, 0.0
        return lag_ms

    def await_arrival(self) -> None:
        """Block the user's greenlet until there is an arrival for it; raise StopUser to end it."""
        if not self.was_ready:
            self.was_ready = True
            self._on_ready()
        arrival = self._pool.take_waiting()
        if arrival is None:
            arrival = self._idle()
        self.arrival = arrival
        self.lag_ms = (time.monotonic() - arrival.intended_s) * 1000

    def finish(self) -> None:
        """The task has ended, well or not."""
        if self.arrival is not None:
            self._pool.finished(self.arrival)
        self.arrival, self.lag_ms = None, 0.0

    def _idle(self) -> Arrival:
        self._waiter = Waiter()
        self._pool.idle.append(self)
        self.user._state = LOCUST_STATE_WAITING  # noqa: SLF001  so that Locust may stop it at once
        try:
            self._waiter.get()
        except BaseException:
            self._pool.forget(self, self._given)
            raise
        finally:
            self._waiter = None
            self.user._state = LOCUST_STATE_RUNNING  # noqa: SLF001  as above
        given, self._given = self._given, None
        if self._retired or given is None:
            raise StopUser
        return given

    def _wake(self) -> None:
        if self._waiter is not None:
            gevent.get_hub().loop.run_callback(self._waiter.switch, None)


def seat_here() -> Seat | None:
    """The seat whose task, or a greenlet spawned by it, is running."""
    tree: dict[str, Seat] | None = getattr(gevent.getcurrent(), "spawn_tree_locals", None)
    return tree.get(_TREE_KEY) if tree else None


def gate_tasks() -> None:
    """Let every task of a seated user wait for its arrival, instead of for Locust's wait time.

    Locust runs a user's tasks in a loop of `execute_next_task` and `wait`, in nested task sets too.
    These two are the seam: everything else of the user's file runs as it always does.
    """
    execute_next_task, wait = TaskSet.execute_next_task, TaskSet.wait

    def gated_execute_next_task(self: TaskSet) -> None:
        seat: Seat | None = getattr(self.user, _ATTRIBUTE, None)
        if seat is None:
            execute_next_task(self)
            return
        if seat.arrival is None:
            seat.await_arrival()
        if _is_task_set(self._task_queue):
            execute_next_task(self)
            return
        try:
            execute_next_task(self)
        finally:
            seat.finish()

    def gated_wait(self: TaskSet) -> None:
        seat: Seat | None = getattr(self.user, _ATTRIBUTE, None)
        if seat is None or seat.arrival is not None:
            wait(self)

    TaskSet.execute_next_task = gated_execute_next_task  # type: ignore[method-assign]
    TaskSet.wait = gated_wait  # type: ignore[method-assign]


def _is_task_set(queue: "deque[object]") -> bool:
    task = queue[0]
    return isinstance(task, type) and issubclass(task, TaskSet)
