"""One agent at its post: it begins the fault, holds it, and takes it away."""

import json
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from seatrial.action import Action, Lease, NeedsPrivileges, Refuses, Renewed, TakesEffect
from seatrial.agent.aim import Seen, seen_from_here
from seatrial.agent.line import Line, Why
from seatrial.agent.on_node import enter_network_of, main_process_of
from seatrial.agent.order import Order, action_of, needs_of
from seatrial.errors import Fatal, FaultError, ForeignChange
from seatrial.kernel.lapse import RENEWED_EVERY_S
from seatrial.targets.target import kinds_of

DONE, FAILED, REFUSED, REMAINS = 0, 1, 3, 5
"""Exit codes; 2 is a wrong order."""
_UNDO_WITHIN_S: Final = 15.0
_AGAIN_AFTER_S: Final = 0.2


def tell(event: str, **more: object) -> None:
    """One line of JSON; also where nobody is left to read it."""
    line = json.dumps({"event": event, "at": datetime.now(UTC).isoformat(), **more})
    with suppress(OSError):
        os.write(1, line.encode() + b"\n")


def serve(order: Order) -> int:
    """Do what is ordered; the exit code."""
    action = action_of(order)
    try:
        needs, seen = needs_of(action), _seen(order)
        if needs.target_container:
            action = seen_from_here(action, seen)
        target = order.target.resolve(seen)
        if not isinstance(target, action.target_model()):
            raise Fatal(f"{action.name} hits a {_kind(action)}, and the order aims at a {target.kind}")
        post = Post(order, action, target)
        return post.take_back() if order.undo is not None else post.hold()
    except FaultError as error:
        tell("refused", reason=str(error))
        return REFUSED


def _seen(order: Order) -> Seen:
    """The target's container; where the agent is in a pod of its own, it enters the target's network."""
    if order.container is None:
        return Seen()
    seen = Seen(main_process_of(order.container), order.container)
    enter_network_of(seen.main_pid)
    return seen


def _kind(action: Action[Any, Any]) -> str:
    return next(iter(kinds_of(action.target_model())), "")


class Post:
    """A fault on a target, and the line to whoever wants it."""

    def __init__(self, order: Order, action: Action[Any, Any], target: Any) -> None:
        self._order, self._action, self._target = order, action, target
        self._ends_at_s = time.monotonic() + order.left_s()

    def hold(self) -> int:
        """From the beginning to the end of the fault. Raises FaultError where it cannot begin."""
        if self._order.left_s() <= 0:
            tell("late", not_after=self._order.not_after.isoformat())
            return REFUSED
        line = Line(self._ends_at_s, self._order.ttl_s)
        self._refuse()
        state = self._prepared()
        tell("prepared", target=self._target.model_dump(mode="json"), state=state.model_dump(mode="json"))
        if why := line.first():
            tell("ended", why=why, began=False, undone=True)
            return DONE
        state = self._prepared()  # what it arms for its own end counts from now
        why, reason = self._held(line, state)
        effect = self._effect(state)
        return self._ended(why, state, reason=reason, effect=effect)

    def take_back(self) -> int:
        """Take away what another agent has left, and begin nothing."""
        state = self._action.state_model().model_validate(self._order.undo)
        return self._ended(Why.STOPPED, state)

    def _refuse(self) -> None:
        if isinstance(self._action, NeedsPrivileges) and (
            missing := self._action.missing_privileges(self._target)
        ):
            raise Fatal(f"the agent lacks {', '.join(missing)}")
        if isinstance(self._action, Refuses) and (refusal := self._action.refusal(self._target)):
            raise Fatal(refusal)

    def _prepared(self) -> Any:
        left_s = max(0.001, self._ends_at_s - time.monotonic())
        lease = Lease(id=self._order.lease, max_hold_s=left_s, ends_with_holder=True)
        with _within(self._action.timeout_s):
            return self._action.prepare(self._target, lease)

    def _held(self, line: Line, state: Any) -> tuple[Why, str]:
        """Why the fault is over, and what failed."""
        try:
            with _within(self._action.timeout_s):
                self._action.apply(self._target, state)
            tell("ready", effect=self._effect(state))
            while True:
                if why := line.listen(time.monotonic() + RENEWED_EVERY_S):
                    return why, ""
                if isinstance(self._action, Renewed):
                    with _within(self._action.timeout_s):
                        self._action.renew(self._target, state)
        except Exception as error:  # noqa: BLE001  whatever it is, what began is taken away
            return Why.FAILED, str(error) if isinstance(error, FaultError) else repr(error)

    def _effect(self, state: Any) -> bool | None:
        if not isinstance(self._action, TakesEffect):
            return None
        with suppress(FaultError), _within(self._action.timeout_s):
            return self._action.has_effect(self._target, state)
        return None

    def _ended(self, why: Why, state: Any, *, reason: str = "", effect: bool | None = None) -> int:
        undone, remains = self._undone(state)
        told = {"why": why, "began": True, "effect": effect, "undone": undone}
        tell(
            "ended",
            **told,
            **({"reason": reason} if reason else {}),
            **({"remains": remains} if remains else {}),
        )
        if not undone and not self._action.cannot_be_undone:
            return REMAINS
        return FAILED if why is Why.FAILED else DONE

    def _undone(self, state: Any) -> tuple[bool, str]:
        """Whether it is as it was, after as many tries as there is time; and why not."""
        if (
            self._action.cannot_be_undone
        ):  # who brings it back may be outside, and this process be gone by then
            return False, ""
        deadline, reason = time.monotonic() + _UNDO_WITHIN_S, ""
        while True:
            try:
                with _within(self._action.timeout_s):
                    self._action.undo(self._target, state)
                    if self._action.is_undone(self._target, state):
                        return True, ""
                    reason = "it is still there"
            except ForeignChange as error:
                return False, str(error)
            except Exception as error:  # noqa: BLE001  whatever it is, the next try may do it
                reason = str(error) or repr(error)
            if time.monotonic() > deadline:
                return False, reason
            select.select((), (), (), _AGAIN_AFTER_S)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises Fatal in the midst of what takes longer."""
    previous: Any = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _too_long(*_: object) -> NoReturn:
    raise Fatal("it took too long")
