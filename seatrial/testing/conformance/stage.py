"""Where an action is tried: the action, its target, and an understudy in another process."""

import contextlib
import threading
import uuid
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter

from seatrial.action import Action, Lease, TakesEffect
from seatrial.errors import ForeignChange, Retryable
from seatrial.journal.entries import Undo
from seatrial.model.base import Model
from seatrial.targets.target import BaseTarget
from seatrial.testing.conformance.understudy import Understudy

HOLD_S: Final = 60.0
TRIES_MAX: Final = 20
_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Stage:
    """One action on one target of the test's own. Whatever was begun on it is undone at the end."""

    def __init__(self, action: Action[Any, Any], target: Any, understudy: Understudy) -> None:
        self.action = action
        self.target: BaseTarget = target
        self.understudy = understudy
        self._begun: list[Model] = []

    def prepare(self) -> Model:
        """The action's own, under a lease that no one else has."""
        lease = Lease(id=f"conformance-{uuid.uuid4().hex[:12]}", max_hold_s=HOLD_S)
        state: Model = self.action.prepare(self.target, lease)
        self._begun.append(state)
        return state

    def applied(self) -> Model:
        """The state of a fault that is in place."""
        state = self.prepare()
        self.action.apply(self.target, state)
        return state

    def undo_until_done(self, state: Model) -> None:
        """As the runner does it: again while it says Retryable or the fault is still there."""
        reason = ""
        for number in range(TRIES_MAX):
            try:
                self.action.undo(self.target, state)
                if self.action.is_undone(self.target, state):
                    self._begun = [begun for begun in self._begun if begun is not state]
                    return
                reason = "is_undone is False"
            except Retryable as error:
                reason = f"Retryable: {error}"
            threading.Event().wait(min(1.0, 0.05 * 2**number))
        raise AssertionError(f"undo did not get there in {TRIES_MAX} tries; the last said {reason}")

    def has_effect(self, state: Model) -> bool | None:
        """None where the action cannot be looked at."""
        if isinstance(self.action, TakesEffect):
            return self.action.has_effect(self.target, state)
        return None

    def record(self, state: Model) -> Undo:
        """What the journal would hold: all that another process needs, as JSON."""
        return Undo(
            id="f0.t0",
            action=self.action.name,
            arguments=as_json(self.action),
            target=self.target,  # type: ignore[arg-type]  # every concrete target is one of the union
            state=as_json(state),
        )

    def clear(self) -> None:
        """Undo all that was begun, newest first."""
        if self.action.cannot_be_undone:
            return
        for state in reversed(self._begun):
            with contextlib.suppress(ForeignChange):
                self.undo_until_done(state)


def as_json(model: Model) -> dict[str, JsonValue]:
    """As it stands in the journal."""
    return _JSON.validate_json(model.model_dump_json(by_alias=True))
