"""What a hand can be asked to do, and what it answers: plain JSON either way."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from seatrial.action import Lease
from seatrial.journal.entries import Undo
from seatrial.model.base import Model
from seatrial.targets.target import Target


class Prepare(Model):
    """Read what must be restored; answers the state as JSON."""

    verb: Literal["prepare"] = "prepare"
    action: str
    arguments: dict[str, JsonValue]
    target: Target
    lease: Lease


class Apply(Model):
    """Inject; answers nothing."""

    verb: Literal["apply"] = "apply"
    undo: Undo
    fence: Path | None = None
    """What it writes into a cluster is written within this; None: there is none."""


class CheckEffect(Model):
    """Answers True, False, or None where the action cannot be looked at."""

    verb: Literal["check_effect"] = "check_effect"
    undo: Undo


class TakeBack(Model):
    """Undo, with a look at the world before and after; answers `[before, after]`."""

    verb: Literal["take_back"] = "take_back"
    undo: Undo
    look_before: bool = True
    """Without it `before` is False: a look that fails or hangs must not keep undo from being tried."""


class IsUndone(Model):
    """Look at the world; answers True or False."""

    verb: Literal["is_undone"] = "is_undone"
    undo: Undo


class StillNeeded(Model):
    """Of a precaution: answers why it must not be lifted yet; an empty text: it may be."""

    verb: Literal["still_needed"] = "still_needed"
    undo: Undo


class EndsByItself(Model):
    """Of a precaution: answers when, in words."""

    verb: Literal["ends_by_itself"] = "ends_by_itself"
    undo: Undo


Request = Annotated[
    Prepare | Apply | CheckEffect | TakeBack | IsUndone | StillNeeded | EndsByItself,
    Field(discriminator="verb"),
]


def action_of(request: Request) -> str:
    """The name of the action that does it."""
    return request.action if isinstance(request, Prepare) else request.undo.action


REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


class Failure(StrEnum):
    """How a verb failed; it decides whether another try makes sense."""

    RETRYABLE = "retryable"
    FATAL = "fatal"
    FOREIGN = "foreign"
    TIMEOUT = "timeout"
    """It did not answer in time, and its process was killed."""
    DIED = "died"
    """Its process ended without an answer."""


class Answer(Model):
    """The outcome of a verb."""

    value: JsonValue = None
    failure: Failure | None = None
    reason: str = ""
