"""What is written down of an activity: that it begins, how it ended."""

import datetime
from typing import Final

from seatrial.journal.script_entries import Performed, Performing, Section
from seatrial.model.record import JsonValue
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.outcome import Outcome, Status

CUT_SHORT: Final = "cut short: the run was stopped"


def performing(section: Section, index: int, activity: Activity, *, background: bool = False) -> Performing:
    return Performing(
        section=section, index=index, name=activity.name, what=activity.what, background=background
    )


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


_WORDS: Final = {Status.SUCCEEDED: "succeeded", Status.INTERRUPTED: "aborted"}


def run_of(outcome: Outcome, activity: Activity, start: str) -> dict[str, JsonValue]:
    """The run of an activity as the Chaos Toolkit writes it."""
    run: dict[str, JsonValue] = {
        "activity": outcome.activity or activity.document,
        "output": outcome.output,
        "start": outcome.start or start,
        "status": _WORDS.get(outcome.status, "failed"),
        "end": outcome.end or now(),
        "duration": outcome.duration,
    }
    if not outcome.succeeded:
        lines: list[JsonValue] = list(
            outcome.exception or [f"chaoslib.exceptions.ActivityFailed: {outcome.reason}\n"]
        )
        run["exception"] = lines
    if outcome.tolerance_met is not None:
        run["tolerance_met"] = outcome.tolerance_met
    return run


def cut_short(section: Section, index: int, activity: Activity, start: str) -> Performed:
    """Of one that the end of the run came before."""
    run: dict[str, JsonValue] = {"activity": activity.document, "output": None, "start": start}
    return Performed(
        section=section,
        index=index,
        run={**run, "status": "aborted"},
        reason=CUT_SHORT,
    )
