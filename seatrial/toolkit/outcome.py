"""What became of an activity: plain JSON, whatever the activity returned or raised."""

from enum import StrEnum
from typing import Any

from seatrial.model.record import JsonValue, Record
from seatrial.toolkit.activity import Activity


class Status(StrEnum):
    """How an activity ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Its function raised, or its provider said that it failed: chaoslib's ActivityFailed."""
    RAISED = "raised"
    """Something was raised that ends a whole run of the Chaos Toolkit: bad JSON, a program not found."""
    TIMEOUT = "timeout"
    """It did not end in time, and its process was killed with all that it had started."""
    DIED = "died"
    """Its process ended without an answer."""
    INTERRUPTED = "interrupted"
    """It, or a control, asked for the end of the whole run."""


class Outcome(Record):
    """What one activity came to."""

    status: Status
    output: JsonValue = None
    """What it returned; what JSON cannot hold is written as text."""
    reason: str = ""
    """Why it did not succeed, or could not be judged: one sentence."""
    exception: list[str] | None = None
    """The lines of the exception, as the Chaos Toolkit writes them."""
    tolerance_met: bool | None = None
    """None: it was not to be judged, or it could not be."""
    activity: dict[str, JsonValue] | None = None
    """As it was run, where that was asked for."""
    start: str = ""
    """Wall clock, ISO 8601 with zone; empty where it is not known."""
    end: str = ""
    duration: float = 0.0
    """Seconds."""
    warnings: list[str] = []
    """What the library and the driver logged as warnings and errors."""

    @property
    def succeeded(self) -> bool:
        return self.status is Status.SUCCEEDED


def run_here(
    activity: Activity,
    configuration: dict[str, Any] | None = None,
    secrets: dict[str, dict[str, Any]] | None = None,
    *,
    judge: bool = False,
) -> Outcome:
    """Run an activity in this very process, which must be one that can be killed.

    `judge`: also hold its output against its tolerance.
    """
    from seatrial.toolkit.call import called, prepare_logging

    prepare_logging()
    return Outcome.model_validate(called(activity.document, configuration or {}, secrets or {}, judge=judge))
