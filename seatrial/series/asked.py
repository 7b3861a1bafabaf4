"""What is read out of series: the keys that every probe of counters shares."""

from typing import Literal

from pydantic import Field, model_validator

from seatrial.measure import Measure
from seatrial.model.base import Model
from seatrial.model.fields import Duration
from seatrial.series.field import SelectorField
from seatrial.series.increments import Key
from seatrial.series.selector import SeriesSelector

UNITS_PER_S = {"s": 1.0, "ms": 1000.0}


class Asked(Model):
    """One of four readings: a ratio, a histogram, a gauge, or how fast a counter grows."""

    good: SelectorField | None = None
    """The good events among `total`."""
    bad: SelectorField | None = None
    """The bad events among `total`; the SLI is still the share of good ones."""
    total: SelectorField | None = None
    """All events that count."""

    histogram: SelectorField | None = None
    """A histogram, classic or native, without `_bucket`: `http_request_duration_seconds{path="/pay"}`."""
    percentile: str | None = Field(default=None, pattern=r"^p\d{1,2}(\.\d{1,3})?$")
    """`p95`: this quantile of the histogram, as the interval that its buckets allow."""
    within: Duration | None = Field(default=None, gt=0)
    """The share of events at or below this duration: exact where it is a bound of the buckets, else an
    interval."""
    unit: Literal["s", "ms"] = "s"
    """What the histogram counts in."""

    gauge: SelectorField | None = None
    """A number as it stands."""
    combine: Literal["sum", "max", "min", "mean"] = "sum"
    """What is made of several series of `gauge`."""

    rate: SelectorField | None = None
    """How much a counter grows a second, all its series together."""

    may_be_missing: int = Field(default=0, ge=0)
    """How many targets may be missing before the reading is unknown; what they counted is told as not
    observed."""

    @model_validator(mode="after")
    def _is_one_reading(self) -> "Asked":
        chosen = [name for name in ("total", "histogram", "gauge", "rate") if getattr(self, name) is not None]
        if len(chosen) != 1:
            raise ValueError("read exactly one of `total`, `histogram`, `gauge` or `rate`")
        for owner, parts in (("total", ("good", "bad")), ("histogram", ("percentile", "within"))):
            given = [name for name in parts if getattr(self, name) is not None]
            if len(given) != (chosen[0] == owner):
                raise ValueError(f"`{owner}` goes with exactly one of `{parts[0]}` or `{parts[1]}`")
        if self.quantile == 0:
            raise ValueError("`p0` is no percentile: write one like `p95`")
        return self

    @property
    def measure(self) -> Measure:
        if self.percentile is not None:
            return Measure.LATENCY
        return Measure.VALUE if self.gauge or self.rate else Measure.RATIO

    @property
    def quantities(self) -> dict[str, str]:
        if self.measure is not Measure.VALUE:
            return {}
        return {"rate": "/s"} if self.rate else {"value": ""}

    @property
    def quantile(self) -> float | None:
        return None if self.percentile is None else float(self.percentile[1:]) / 100

    @property
    def whole(self) -> SeriesSelector:
        """The series that have to be there, of which others are a part."""
        whole = self.total or self.histogram or self.gauge or self.rate
        assert whole is not None
        return whole

    @property
    def part(self) -> SeriesSelector | None:
        """The good or the bad ones of them; there need not be any yet."""
        return self.good or self.bad

    def is_whole(self, key: Key) -> bool:
        """Whether a series is one of `whole`."""
        return key[0] == self.whole.name and self.whole.matches(dict(key[1]))

    def is_part(self, key: Key) -> bool:
        """Whether a series is one of `part`."""
        return self.part is not None and key[0] == self.part.name and self.part.matches(dict(key[1]))
