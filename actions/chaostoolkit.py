"""chaostoolkit: an action of any Chaos Toolkit driver, and its way back."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Tag

from seatrial.api import (
    Action,
    Duration,
    Fatal,
    Field,
    JudgedCall,
    Lease,
    Model,
    Outcome,
    ResourceTarget,
    Retryable,
    TargetCall,
    driver_function,
    inverses,
    model_validator,
)

OneOrMore = Annotated[
    Annotated[TargetCall, Tag("TargetCall")] | Annotated[tuple[TargetCall, ...], Tag("tuple")],
    Discriminator(lambda given: "tuple" if isinstance(given, list | tuple) else "TargetCall"),
]
_INHERITED = ("configuration", "secrets")


class Before(Model):
    """What the known inverse needs; None where the experiment says itself how to undo."""

    inverse: inverses.Inverse | None = None


class ChaosToolkit(TargetCall, Action[ResourceTarget, Before]):
    """Calls an action of a Chaos Toolkit driver, and takes it back.

    What takes it back is the call under `undo`. Without one it is the known inverse of the action, for
    which the former state is read before; where there is none, `verify` has to tell when the fault is over
    by itself. `undo` must be idempotent, and right also when the action never ran or died half way.
    """

    name: ClassVar[str] = "chaostoolkit"

    undo_with: OneOrMore = Field(default=(), alias="undo")
    """The call that takes it back, or several in their order; without it, the known inverse. Takes
    `target_as`, `configuration` and `secrets` over where it does not say them."""
    verify: JudgedCall | None = None
    """A call that tells, by its `tolerance`, that the fault is gone. Without it the known inverse looks,
    `check` must not hold any more, or undo has to succeed again."""
    check: JudgedCall | None = None
    """A call that tells that the fault has taken effect. Without it the known inverse looks, or nobody."""
    timeout: Duration = Field(default=30.0, gt=0, le=3600)
    """How long injecting may take, and undoing, with the driver's import; then its process is killed."""

    @model_validator(mode="before")
    @classmethod
    def _hand_on(cls, given: Any) -> Any:
        """What the other calls do not say themselves is as for the action."""
        if not isinstance(given, dict):
            return given
        mine = {key: given[key] for key in _INHERITED if key in given}

        def completed(call: Any) -> Any:
            return {**mine, **_aimed(call, given), **call} if isinstance(call, dict) else call

        others = {key: given[key] for key in ("undo", "verify", "check") if key in given}
        return given | {
            key: [completed(one) for one in call] if isinstance(call, list) else completed(call)
            for key, call in others.items()
        }

    @model_validator(mode="after")
    def _has_a_way_back(self) -> Self:
        if self.verify is None and self.cannot_be_undone:
            raise ValueError(
                f"{self.func or 'this provider'} has no known inverse: "
                "add `undo`, a call that takes it back, or `verify`, one that tells when it is over"
            )
        return self

    @property
    def undo_calls(self) -> tuple[TargetCall, ...]:
        """In their order; none where the known inverse has to do."""
        return (self.undo_with,) if isinstance(self.undo_with, TargetCall) else self.undo_with

    @property
    def _row(self) -> inverses.Row | None:
        return inverses.row_of(self.module, self.func) if self.module and self.func else None

    @property
    def cannot_be_undone(self) -> bool:
        return not self.undo_calls and self._row is None

    @property
    def timeout_s(self) -> float:
        return self.timeout

    def describe_undo(self) -> str:
        if self.undo_calls:
            return f"call {', then '.join(call.what for call in self.undo_calls)}"
        if self._row is not None:
            return self._row.undo
        return f"{self.what} has no known inverse; `verify` looks whether it is over"

    def doubts(self) -> list[tuple[str, str]]:
        if not self.cannot_be_undone:
            return []
        told = f"{self.what} has neither a known inverse nor `undo`: nothing will take it back"
        return [(told, "add `undo`, a call that does; `verify` only tells whether it is over")]

    def changes(self, target: ResourceTarget) -> list[str]:
        if self.undo_calls or self._row is None:
            return []
        try:
            return [inverses.subject(self._row, self.named(target.name))]
        except Fatal:  # told when it is prepared
            return []

    def prepare(self, target: ResourceTarget, lease: Lease) -> Before:
        if self.undo_calls or self._row is None:
            return Before()
        captured = inverses.capture(self._row, self.named(target.name), self._hand)
        if not captured.steps:
            raise Fatal(f"{self.what} would change nothing: all is already as it would make it")
        return Before(inverse=captured)

    def apply(self, target: ResourceTarget, state: Before) -> None:
        done = self.run_on(target.name)
        if not done.succeeded:
            raise Fatal(f"{self.what} {_failed(done)}")

    def undo(self, target: ResourceTarget, state: Before) -> None:
        """Call what takes it back."""
        if state.inverse is not None:
            inverses.set_back(state.inverse, self._hand)
        if failures := self._called_back(target):
            raise Retryable("; ".join(failures))

    def _called_back(self, target: ResourceTarget) -> list[str]:
        """Make every call that takes it back; which of them failed, and why."""
        done = [(call, call.run_on(target.name)) for call in self.undo_calls]
        return [f"{call.what} {_failed(outcome)}" for call, outcome in done if not outcome.succeeded]

    def is_undone(self, target: ResourceTarget, state: Before) -> bool:
        if state.inverse is not None and not inverses.is_set_back(state.inverse, self._hand):
            return False
        if self.verify is not None:
            return _holds(self.verify, target)
        if self.check is not None:
            return not _holds(self.check, target)
        return not self._called_back(target)

    def has_effect(self, target: ResourceTarget, state: Before) -> bool | None:
        if self.check is not None:
            return _holds(self.check, target)
        return None if state.inverse is None else inverses.is_set(state.inverse, self._hand)

    @property
    def _hand(self) -> inverses.Hand:
        return inverses.calling(self.secrets, self.configuration)


def _aimed(call: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
    """The action's `target_as`, where the other function takes an argument of that name too."""
    name, found = action.get("target_as"), None
    if isinstance(call.get("module"), str) and isinstance(call.get("func"), str):
        found = driver_function(call["module"], call["func"])
    told = call.get("arguments")
    if found is None or name not in found.known or (isinstance(told, dict) and name in told):
        return {}
    return {"target_as": name}


def _holds(call: JudgedCall, target: ResourceTarget) -> bool:
    seen = call.holds_on(target.name)
    if not seen.succeeded or seen.tolerance_met is None:
        raise Retryable(f"{call.what} {_failed(seen)}")
    return seen.tolerance_met


def _failed(done: Outcome) -> str:
    return f"failed: {done.reason or done.status}"
