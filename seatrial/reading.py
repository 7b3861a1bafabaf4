"""What a probe saw at one moment, in one of four forms.

The form decides the rule that judges it:

    Ratio     good of total events        -> judged by an exact interval
    Latency   a histogram and a quantile  -> judged as a ratio over a threshold
    Value     named numbers, texts, flags -> judged by N of M readings
    Unknown   nothing can be said         -> never held, never 0
"""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeInt, model_validator

from seatrial.durations import Durations, durations_of
from seatrial.model.base import Model

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram


class Observed(Model):
    """How a reading came to be that was not made of what happened in this interval alone."""

    span_s: float = Field(ge=0)
    """The time that it speaks of: from the first moment that may be in it to the last."""
    age_s: float = Field(ge=0)
    """How long before it was made that time ended."""
    unobserved: NonNegativeInt = 0
    """About so many events may have happened in that time that nobody saw."""
    source: str
    """Who was seen, and by whom: `2 of 3 targets, Prometheus main`."""


class Ratio(Model):
    """Good events out of all events since the reading before."""

    kind: Literal["ratio"] = "ratio"
    good: NonNegativeInt
    total: NonNegativeInt
    unsure: NonNegativeInt = 0
    """Events of `total`, beside the good ones, of which nobody can say whether they were good."""
    waiting: NonNegativeInt = 0
    """Events begun that had no end when the interval did, where the oldest had been begun before it."""
    observed: Observed | None = None

    @model_validator(mode="after")
    def _good_is_part_of_total(self) -> "Ratio":
        if self.good + self.unsure > self.total:
            raise ValueError(f"{self.good} good of {self.total} events")
        return self

    @property
    def bad(self) -> int:
        """Those that surely were."""
        return self.total - self.good - self.unsure


class Latency(Model):
    """Durations seen since the reading before; the SLI is their quantile."""

    kind: Literal["latency"] = "latency"
    histogram: str
    """HdrHistogram V2, compressed, base64; 1 us to 1 h, 3 digits, values in microseconds."""
    at_best: str = ""
    """The same durations, each at the least that it may have been, where only its bucket is known and
    `histogram` has them at the most; empty where they were measured."""
    quantile: float = Field(gt=0, lt=1)
    """0.95 for p95."""
    waiting: NonNegativeInt = 0
    """Events begun that had no end when the interval did."""
    arrivals: NonNegativeInt = 0
    """Events that were due to begin within the interval; 0 where that is not known."""
    observed: Observed | None = None

    @cached_property
    def decoded(self) -> "HdrHistogram":
        from seatrial.histogram import decode

        return decode(self.histogram)

    @property
    def durations(self) -> Durations:
        """The same in little memory: for a run's worth of readings."""
        return durations_of(self.histogram)


Scalar = float | bool | str | None


class Value(Model):
    """Named quantities of this moment; the first is the one meant where none is named."""

    kind: Literal["value"] = "value"
    values: dict[str, Scalar] = Field(min_length=1)
    """Names carry units: `latency_ms`, `bytes`. None: this quantity could not be seen."""
    note: str = ""
    """Why a quantity is missing or odd, in words: `connection refused`."""
    observed: Observed | None = None


class Unknown(Model):
    """The probe could not see anything."""

    kind: Literal["unknown"] = "unknown"
    reason: str
    observed: Observed | None = None


Reading = Annotated[Ratio | Latency | Value | Unknown, Field(discriminator="kind")]
