"""What a run of a Chaos Toolkit experiment adds to a journal: activities, and looks at its hypothesis."""

from enum import StrEnum
from typing import Literal

from seatrial.model.record import JsonValue, Record, Tagged


class Section(StrEnum):
    """Where an activity of a Chaos Toolkit experiment stands, and when it runs."""

    BEFORE = "before"
    """The hypothesis, before the method."""
    DURING = "during"
    """The hypothesis, again and again while the method runs."""
    METHOD = "method"
    AFTER = "after"
    """The hypothesis, after the method and before the rollbacks."""
    ROLLBACK = "rollback"


class Queued(Tagged, tag="queued"):
    """From here on a worker goes from one of these activities to the next by itself: any may have begun."""

    section: Section
    first: int
    """The index of the first of them."""
    count: int


class Performing(Tagged, tag="performing"):
    """An activity is about to begin."""

    section: Section
    index: int
    name: str
    what: str
    """A function, a program or a URL."""
    background: bool = False


class Performed(Tagged, tag="performed"):
    """An activity has ended."""

    section: Section
    index: int
    run: dict[str, JsonValue]
    """As the Chaos Toolkit writes it: activity, output, start, end, duration, status, exception."""
    reason: str = ""
    """Why it did not succeed, or could not be judged."""


class ProbeCheck(Record):
    """One probe of a hypothesis, held against its tolerance."""

    name: str
    tolerance: str
    """As JSON."""
    met: bool | None
    """None: nobody can tell."""
    reason: str = ""


class HypothesisChecked(Tagged, tag="hypothesis_checked"):
    """The steady-state hypothesis was looked at once, up to the first probe that did not hold."""

    section: Section
    met: bool | None
    """None: a probe that raised, or a tolerance that could not be judged."""
    probes: tuple[ProbeCheck, ...]


class ScriptEnded(Tagged, tag="script_ended"):
    """A Chaos Toolkit experiment came to its end."""

    status: Literal["completed", "failed", "aborted", "interrupted"]
    """As the Chaos Toolkit would say."""
    deviated: bool
    title: str
    """With `${name}` put in."""


ScriptEntry = Queued | Performing | Performed | HypothesisChecked | ScriptEnded
