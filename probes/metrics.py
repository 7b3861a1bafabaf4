"""metrics: what a target counts about itself, on its own page for Prometheus."""

import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from urllib.parse import urlsplit

import anyio

from seatrial.api import (
    Counters,
    Duration,
    Field,
    HttpAccess,
    Key,
    Measure,
    Page,
    Probe,
    Reader,
    Reading,
    SelectorField,
    SeriesSelector,
    Unanswered,
    Unknown,
    Url,
    Value,
    counts_by_bound,
    fetch,
    latency_of,
    model_validator,
    ratio_of,
    read_page,
    within_bound,
)

if TYPE_CHECKING:
    import httpx

PAGE_BYTES_MAX = 16 * 1024 * 1024
TEXT_FORMAT = "text/plain;version=0.0.4"
UNITS_PER_S = {"s": 1.0, "ms": 1000.0}


class Metrics(HttpAccess, Probe):
    """Scrapes a target's own metrics page each interval and reads what was counted since the scrape before.

    It gives one of four readings: a ratio (`total` with `good` or `bad`), a histogram (`histogram`
    with `percentile` or `within`), a gauge (`gauge`), or how fast a counter grows (`rate`). Series are
    selected as in PromQL: `http_requests_total{code!~"5.."}`.

    Increments are taken series by series and then added up. A counter that fell was reset, so all
    that it shows is new; a series that was not there at the scrape before counts from 0. The first
    scrape is unknown, and so is all that is missing: a page, a metric, a label, a number.

    Do not scrape through a load balancer: each scrape would show another process.
    """

    name: ClassVar[str] = "metrics"

    url: Url | Annotated[tuple[Url, ...], Field(min_length=1, max_length=200)]
    """The page, or a list of pages whose series are added up: one of each process."""
    may_be_silent: int = Field(default=0, ge=0)
    """How many pages may fail at once before the reading is unknown; what they count is not seen."""

    good: SelectorField | None = None
    """The good events among `total`."""
    bad: SelectorField | None = None
    """The bad events among `total`; the SLI is still the share of good ones."""
    total: SelectorField | None = None
    """All events that count."""

    histogram: SelectorField | None = None
    """A classic histogram, without `_bucket`: `http_request_duration_seconds{path="/pay"}`."""
    percentile: str | None = Field(default=None, pattern=r"^p\d{1,2}(\.\d{1,3})?$")
    """`p95`: this quantile of the histogram, each event at the upper bound of its bucket."""
    within: Duration | None = Field(default=None, gt=0)
    """The share of events at or below this duration, which has to be a bound of the buckets: exact."""
    unit: Literal["s", "ms"] = "s"
    """What the histogram counts in."""

    gauge: SelectorField | None = None
    """A number as it stands on the page."""
    combine: Literal["sum", "max", "min", "mean"] = "sum"
    """What is made of several series of `gauge`."""

    rate: SelectorField | None = None
    """How much a counter grows a second, all its series together."""

    @model_validator(mode="after")
    def _is_one_reading(self) -> "Metrics":
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

    async def read(self) -> Reading:
        async with self.reader() as read:
            return await read()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        urls = (self.url,) if isinstance(self.url, str) else tuple(dict.fromkeys(self.url))
        async with self.client(*urls, accept=TEXT_FORMAT) as client:
            targets = [_Target(url) for url in urls]

            async def read() -> Reading:
                async with anyio.create_task_group() as scrapes:
                    for target in targets:
                        scrapes.start_soon(target.scrape, client, self.timeout, self._names())
                return self._reading(targets)

            yield read

    @property
    def _counted(self) -> tuple[SeriesSelector, ...]:
        """The counters to be read: the one that must be there first."""
        return tuple(selector for selector in (self.total or self.rate, self.good, self.bad) if selector)

    def _names(self) -> frozenset[str]:
        """All names that may stand in front of a line that matters, or in its `# TYPE`."""
        if self.histogram is not None:
            return frozenset({self.histogram.name, f"{self.histogram.name}_bucket"})
        return frozenset(selector.name for selector in (*self._counted, self.gauge) if selector)

    def _reading(self, targets: Sequence["_Target"]) -> Reading:
        try:
            seen = self._not_silent(targets)
            if self.gauge is not None:
                return self._value_of_gauge(self.gauge, [target.page for target in seen])
            first = [target.address for target in seen if not target.advance(self._series(target.page))]
            self._check_all_there([target.page for target in seen])
            if first:
                return Unknown(reason=f"first scrape of {', '.join(first)}")
            return self._reading_of_increments(seen)
        except _Unseen as why:
            return Unknown(reason=str(why))

    def _not_silent(self, targets: Sequence["_Target"]) -> list["_Target"]:
        silent = [target for target in targets if target.trouble]
        if len(silent) > self.may_be_silent or len(silent) == len(targets):
            raise _Unseen("; ".join(f"{target.address}: {target.trouble}" for target in silent[:3]))
        return [target for target in targets if not target.trouble]

    def _series(self, page: Page) -> dict[Key, dict[float, float]]:
        """What is counted on a page, each series with its cumulative counts by bound."""
        series: dict[Key, dict[float, float]] = {}
        selectors = self._counted if self.histogram is None else (_buckets_of(self.histogram),)
        for selector in selectors:
            for labels, value in _matching(selector, page):
                bound = _bound(selector, labels) if self.histogram else math.inf
                key = (selector.name, tuple(sorted(item for item in labels.items() if item[0] != "le")))
                series.setdefault(key, {})[bound] = value
        return series

    def _check_all_there(self, pages: Sequence[Page]) -> None:
        """A part may have no series yet, for no event of its kind has been; the whole may not."""
        selectors = self._counted if self.histogram is None else (_buckets_of(self.histogram),)
        for selector in selectors:
            _check_labels(selector, pages)
        if not any(True for page in pages for _ in _matching(selectors[0], page)):
            raise _Unseen(f"no series matches {self.histogram or selectors[0]}")

    def _reading_of_increments(self, seen: Sequence["_Target"]) -> Reading:
        if self.rate is not None:
            rates = [target.grown_by(self.rate) / target.span_s for target in seen]
            return Value(values={"rate": sum(rates)})
        if self.total is not None:
            part = self.good or self.bad
            assert part is not None
            total, of_it = (sum(target.grown_by(one) for target in seen) for one in (self.total, part))
            return ratio_of(of_it, total, part_is_bad=self.bad is not None)
        grown = [growth for target in seen for growth in target.grown.values()]
        units_per_s = UNITS_PER_S[self.unit]
        if self.within is not None:
            return within_bound(grown, self.within * units_per_s)
        assert self.quantile is not None
        return latency_of(counts_by_bound(grown), self.quantile, 1e6 / units_per_s)

    def _value_of_gauge(self, gauge: SeriesSelector, pages: Sequence[Page]) -> Value:
        _check_labels(gauge, pages)
        values = [value for page in pages for _, value in _matching(gauge, page)]
        if not values:
            raise _Unseen(f"no series matches {gauge}")
        combined = {"sum": sum(values), "max": max(values), "min": min(values)}
        return Value(values={"value": combined.get(self.combine, sum(values) / len(values))})


class _Unseen(Exception):
    """Something that the reading needs is missing, in words."""


@dataclass
class _Target:
    """One page, and what its counters showed at the last look."""

    url: str
    page: Page = field(default_factory=Page)
    trouble: str = ""
    """Why the page could not be read this time."""
    grown: dict[Key, dict[float, float]] = field(default_factory=dict)
    span_s: float = 0.0
    """How much time the increments are of."""
    _counters: Counters = field(default_factory=Counters)
    _scraped_s: float = 0.0
    _advanced_s: float = 0.0

    @property
    def address(self) -> str:
        """Host and port alone: user names, passwords and tokens may stand in the rest."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    async def scrape(self, client: "httpx.AsyncClient", timeout_s: float, names: frozenset[str]) -> None:
        """Fetch the page; what goes wrong is kept as trouble."""
        try:
            answer = await fetch(client, self.url, timeout_s=timeout_s, bytes_max=PAGE_BYTES_MAX)
            self._scraped_s = time.monotonic()
            self.trouble = "" if answer.status == 200 else f"answered {answer.status}"
            if answer.cut:
                self.trouble = f"the page is longer than {PAGE_BYTES_MAX // 2**20} MiB"
            if not self.trouble:
                self.page = read_page(answer.content.decode(errors="replace"), names)
        except Unanswered as why:
            self.trouble = str(why)
        except ValueError as error:
            self.trouble = f"not a page in the Prometheus text format: {error}"

    def advance(self, series: dict[Key, dict[float, float]]) -> bool:
        """Take the page's counters in; False at the first look, which shows no growth."""
        grown = self._counters.advance(series)
        self.span_s, self._advanced_s = self._scraped_s - self._advanced_s, self._scraped_s
        self.grown = grown or {}
        return grown is not None

    def grown_by(self, selector: SeriesSelector) -> float:
        """The increments of all series that match, together."""
        return sum(
            growth[math.inf]
            for (name, labels), growth in self.grown.items()
            if name == selector.name and selector.matches(dict(labels))
        )


def _matching(selector: SeriesSelector, page: Page) -> Iterator[tuple[dict[str, str], float]]:
    for sample in page.samples.get(selector.name, ()):
        if selector.matches(sample.labels):
            if not math.isfinite(sample.value):
                raise _Unseen(f"{selector} is {sample.value}")
            yield dict(sample.labels), sample.value


def _check_labels(selector: SeriesSelector, pages: Sequence[Page]) -> None:
    """`{cod!~"5.."}` would match everything and make a perfect service of any."""
    if not any(page.knows(selector.name) for page in pages):
        raise _Unseen(f"there is no metric {selector.name}")
    series = [sample.labels for page in pages for sample in page.samples.get(selector.name, ())]
    label = selector.unknown_label(series) if series else None
    if label is not None:
        raise _Unseen(f"{selector}: no series of it has a label {label!r}")


def _buckets_of(histogram: SeriesSelector) -> SeriesSelector:
    return replace(histogram, name=f"{histogram.name}_bucket")


def _bound(selector: SeriesSelector, labels: dict[str, str]) -> float:
    try:
        return float(labels["le"])
    except (KeyError, ValueError):
        raise _Unseen(f"{selector} has no bucket bound `le`, so it is no classic histogram") from None
