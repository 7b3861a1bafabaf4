"""What a hand can be asked to do, and what it answers: plain JSON either way."""

from enum import StrEnum
from pathlib import Path

from seatrial.action import Lease
from seatrial.journal.entries import Undo
from seatrial.model.record import JsonValue, Record, read_json, tag_of
from seatrial.targets.target import Target


class _Verb(Record, tag_field="verb"):
    @property
    def verb(self) -> str:
        return tag_of(type(self))


class Prepare(_Verb, tag="prepare"):
    """Read what must be restored; answers the state as JSON."""

    action: str
    arguments: dict[str, JsonValue]
    target: Target
    lease: Lease


class Apply(_Verb, tag="apply"):
    """Inject; answers nothing."""

    undo: Undo
    fence: Path | None = None
    """What it writes into a cluster is written within this; None: there is none."""


class CheckEffect(_Verb, tag="check_effect"):
    """Answers True, False, or None where the action cannot be looked at."""

    undo: Undo


class TakeBack(_Verb, tag="take_back"):
    """Undo, with a look at the world before and after; answers `[before, after]`."""

    undo: Undo
    look_before: bool = True
    """Without it `before` is False: a look that fails or hangs must not keep undo from being tried."""


class IsUndone(_Verb, tag="is_undone"):
    """Look at the world; answers True or False."""

    undo: Undo


class StillNeeded(_Verb, tag="still_needed"):
    """Of a precaution: answers why it must not be lifted yet; an empty text: it may be."""

    undo: Undo


class EndsByItself(_Verb, tag="ends_by_itself"):
    """Of a precaution: answers when, in words."""

    undo: Undo


Request = Prepare | Apply | CheckEffect | TakeBack | IsUndone | StillNeeded | EndsByItself


def action_of(request: Request) -> str:
    """The name of the action that does it."""
    return request.action if isinstance(request, Prepare) else request.undo.action


def request_of(line: bytes) -> Request:
    """What a line asks for; raises ValueError where it is none."""
    asked: Request = read_json(line, Request)
    return asked


class Failure(StrEnum):
    """How a verb failed; it decides whether another try makes sense."""

    RETRYABLE = "retryable"
    FATAL = "fatal"
    FOREIGN = "foreign"
    TIMEOUT = "timeout"
    """It did not answer in time, and its process was killed."""
    DIED = "died"
    """Its process ended without an answer."""


class Answer(Record):
    """The outcome of a verb."""

    value: JsonValue = None
    failure: Failure | None = None
    reason: str = ""
