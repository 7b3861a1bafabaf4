"""What a probe saw at one moment, in one of four forms.

The form decides the rule that judges it:

    Ratio     good of total events        -> judged by an exact interval
    Latency   a histogram and a quantile  -> judged as a ratio over a threshold
    Value     named numbers, texts, flags -> judged by N of M readings
    Unknown   nothing can be said         -> never held, never 0
"""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from seatrial.durations import Durations, durations_of
from seatrial.model.record import NonNegativeFloat, NonNegativeInt, Record, Tagged, read_json

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram


class Observed(Record):
    """How a reading came to be that was not made of what happened in this interval alone."""

    span_s: NonNegativeFloat
    """The time that it speaks of: from the first moment that may be in it to the last."""
    age_s: NonNegativeFloat
    """How long before it was made that time ended."""
    unobserved: NonNegativeInt = 0
    """About so many events may have happened in that time that nobody saw."""
    source: str
    """Who was seen, and by whom: `2 of 3 targets, Prometheus main`."""


class Ratio(Tagged, tag="ratio"):
    """Good events out of all events since the reading before."""

    good: NonNegativeInt
    total: NonNegativeInt
    unsure: NonNegativeInt = 0
    """Events of `total`, beside the good ones, of which nobody can say whether they were good."""
    waiting: NonNegativeInt = 0
    """Events begun that had no end when the interval did, where the oldest had been begun before it."""
    observed: Observed | None = None

    def __post_init__(self) -> None:
        if self.good + self.unsure > self.total:
            raise ValueError(f"{self.good} good of {self.total} events")

    @property
    def bad(self) -> int:
        """Those that surely were."""
        return self.total - self.good - self.unsure


class Latency(Tagged, tag="latency", dict=True):
    """Durations seen since the reading before; the SLI is their quantile."""

    histogram: str
    """HdrHistogram V2, compressed, base64; 1 us to 1 h, 3 digits, values in microseconds."""
    at_best: str = ""
    """The same durations, each at the least that it may have been, where only its bucket is known and
    `histogram` has them at the most; empty where they were measured."""
    quantile: Annotated[float, Meta(gt=0, lt=1)]
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


class Value(Tagged, tag="value"):
    """Named quantities of this moment; the first is the one meant where none is named."""

    values: Annotated[dict[str, Scalar], Meta(min_length=1)]
    """Names carry units: `latency_ms`, `bytes`. None: this quantity could not be seen."""
    note: str = ""
    """Why a quantity is missing or odd, in words: `connection refused`."""
    observed: Observed | None = None

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name} is {value}, not a finite number")


class Unknown(Tagged, tag="unknown"):
    """The probe could not see anything."""

    reason: str
    observed: Observed | None = None


Reading = Ratio | Latency | Value | Unknown


def sound(reading: Reading) -> Reading:
    """The reading, which is anyone's, as a journal brings it back: a run goes on by what it is judged by.

    Raises ValueError or TypeError where a journal could not hold it.
    """
    if not isinstance(reading, Reading):
        raise TypeError(f"{reading!r:.80} is no reading")
    # Counts out of a division or another's JSON are floats. Values are never turned into one another.
    is_lax = isinstance(reading, Ratio)
    return read_json(reading.model_dump_json(), Reading, strict=not is_lax)
