"""A service-level objective, whichever file it came from: what is counted, and what is promised of it."""

from typing import Literal

from pydantic import Field, model_validator

from seatrial.model.base import Model
from seatrial.model.fields import Duration, Share
from seatrial.model.units import format_duration, format_share
from seatrial.series.field import SelectorField

CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


class Rolling(Model):
    """The window is always the time before now."""

    kind: Literal["rolling"] = "rolling"
    length: Duration = Field(gt=0)

    def __str__(self) -> str:
        days, rest = divmod(self.length, 86400)
        return f"{days:.0f} d rolling" if days and not rest else f"{format_duration(self.length)} rolling"


class Calendar(Model):
    """The window begins anew with each day, week, month, quarter or year of a time zone."""

    kind: Literal["calendar"] = "calendar"
    unit: CalendarUnit
    count: int = Field(default=1, ge=1, le=400)
    """So many of them make one window."""
    begins: str = ""
    """ISO date of the first window's beginning; without one, the calendar's own edges."""
    zone: str = "UTC"

    def __str__(self) -> str:
        return f"calendar {self.unit}" if self.count == 1 else f"{self.count} calendar {self.unit}s"


class Slices(Model):
    """Time is counted, not events: a slice is good where enough of its events were."""

    length: Duration = Field(gt=0)
    at_least: Share = Field(gt=0, le=1)
    """The share of good events that makes a slice good."""


class SloSource(Model):
    """Where an SLO was read, so that a plan can name it and a change of it is seen."""

    file: str
    line: int
    format: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.format})"


class Slo(Model):
    """One promise: this share of what is counted is good, over this window."""

    name: str
    service: str = ""
    good: SelectorField | None = None
    bad: SelectorField | None = None
    total: SelectorField | None = None
    histogram: SelectorField | None = None
    """Without `_bucket`; good is what is `within`."""
    within: Duration | None = None
    unit: Literal["s", "ms"] = "s"
    """What the histogram counts in."""
    objective: Share = Field(gt=0, le=1)
    window: Rolling | Calendar = Field(discriminator="kind")
    slices: Slices | None = None
    """None: events are counted (OpenSLO calls it Occurrences), else time (Timeslices)."""
    source: SloSource
    notes: tuple[str, ...] = ()
    """What was assumed where the file says nothing."""

    @model_validator(mode="after")
    def _counts_one_thing(self) -> "Slo":
        if (self.total is None) is (self.histogram is None):
            raise ValueError("an SLO counts `total` or a `histogram`: give exactly one")
        if self.total is not None and (self.good is None) is (self.bad is None):
            raise ValueError("`total` goes with `good` or with `bad`: give exactly one")
        if (self.histogram is None) is not (self.within is None):
            raise ValueError("`histogram` and `within` belong together: give both or none")
        return self

    @property
    def objective_text(self) -> str:
        """As an experiment writes it: `>= 99.9%`."""
        return f">= {self.objective * 100:.12g}%"

    @property
    def method(self) -> str:
        """In words."""
        if self.slices is None:
            return "events"
        length, share = format_duration(self.slices.length), format_share(self.slices.at_least)
        return f"slices of {length}, good from {share}"

    @property
    def counts(self) -> str:
        """What is counted, in words."""
        if self.histogram is not None and self.within is not None:
            return f"{self.histogram} within {format_duration(self.within)}"
        part = f"good {self.good}" if self.good else f"bad {self.bad}"
        return f"{part} of {self.total}"

    def __str__(self) -> str:
        share = format_share(self.objective)
        return f"{self.name}: {share} over {self.window} by {self.method}; {self.counts}"
