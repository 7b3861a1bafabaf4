"""load: what the run's own load generator saw, from the side of the users."""

from typing import ClassVar, Literal

from seatrial.api import LoadSecond, Measure, Probe, Ratio, Reading, Unknown, Value, format_duration

Metric = Literal["success_ratio", "error_ratio", "p50", "p95", "p99", "throughput"]


class Load(Probe):
    """Reads the load that this run makes: success or error ratio, latency quantiles, throughput."""

    name: ClassVar[str] = "load"
    shorthand: ClassVar[str | None] = "metric"

    metric: Metric
    """What to read. Latency is measured from the moment a request was due to begin."""
    request: str | None = None
    """Only requests of this name; without it, all of them."""

    @property
    def measure(self) -> Measure:
        if self.metric.startswith("p"):
            return Measure.LATENCY
        return Measure.VALUE if self.metric == "throughput" else Measure.RATIO

    @property
    def quantities(self) -> dict[str, str]:
        return {"throughput": "/s"} if self.metric == "throughput" else {}

    @property
    def quantile(self) -> float | None:
        return int(self.metric[1:]) / 100 if self.measure is Measure.LATENCY else None

    @property
    def counts_bad(self) -> bool:
        return self.metric == "error_ratio"

    @property
    def counts_every_request(self) -> bool:
        return self.request is None

    async def read(self) -> Reading:
        return Unknown(reason="the load is read second by second, as it is made")

    def of(self, second: LoadSecond) -> Reading:
        if second.warming_up:
            return Unknown(reason="the load is warming up")
        if self.metric == "throughput":
            return Value(values={"throughput": second.throughput_per_s(self.request)})
        ratio: Ratio = second.ratio(self.request)
        reading = ratio if self.quantile is None else second.latency(self.quantile, self.request)
        is_silent = isinstance(reading, Unknown) or not (ratio.total or reading.waiting)
        return Unknown(reason=_silence(second)) if is_silent else reading


def _silence(second: LoadSecond) -> str:
    """Answers that do not come are no readings of one name; the reason tells of them all the same."""
    if not second.in_flight:
        return "no request ended in this second"
    oldest = format_duration(second.oldest_ms / 1000)
    return f"no request ended in this second; {second.in_flight} wait for an answer, the oldest for {oldest}"
