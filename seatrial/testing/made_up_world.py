"""What the probes and the load of a made-up run would have seen, second by second, by a seed."""

import math
import random
from dataclasses import dataclass, field
from typing import Final

from seatrial.load.second import LoadSecond, RequestSecond
from seatrial.measure import Measure
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Latency, Reading, Scalar, Unknown, Value

_NAMES: Final = {"/products": 0.3, "/products/{id}": 0.6, "/orders": 0.1}
_MEDIAN_MS: Final = {"/products": 24.0, "/products/{id}": 18.0, "/orders": 42.0}
_EPOCH: Final = 1_790_000_000


@dataclass(frozen=True)
class Weather:
    """How the system is doing in one second."""

    slowdown: float = 1.0
    failing_share: float = 0.0
    unhealthy: bool = False
    blind: str = ""
    """Why no probe sees anything; empty while they do."""
    choking: bool = False
    """The load generator is at its limit."""


@dataclass
class World:
    """The shop under load."""

    seed: int
    per_s: int
    words: str = ""
    _dice: random.Random = field(init=False)
    _merged: tuple[LoadSecond, Reading] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def load(self, second: int, weather: Weather) -> LoadSecond:
        """One second of load."""
        dropped = self.per_s // 8 if weather.choking else 0
        sent = self.per_s - dropped
        requests = {
            name + self.words: self._requests(name, round(sent * share), weather)
            for name, share in _NAMES.items()
        }
        return LoadSecond(
            second_unix=_EPOCH + second,
            requests={name: one for name, one in requests.items() if one.total},
            users=sent,
            in_flight=max(0, round(self._dice.gauss(sent * 0.03 * weather.slowdown, 1))),
            oldest_ms=round(40 * weather.slowdown * self._dice.uniform(1, 3), 1),
            dropped=dropped,
            scheduled=self.per_s,
            cpu_share=round(min(1.0, self._dice.uniform(0.16, 0.22) * (4.6 if weather.choking else 1)), 3),
            lag_ms=round(self._dice.uniform(0.2, 2.5) * (60 if weather.choking else 1), 2),
            workers=1,
        )

    def _requests(self, name: str, total: int, weather: Weather) -> RequestSecond:
        from seatrial.histogram import encode, of_counts

        counts: dict[int, int] = {}
        for _ in range(total):
            latency_us = round(self._latency_ms(_MEDIAN_MS[name] * weather.slowdown) * 1000)
            counts[latency_us] = counts.get(latency_us, 0) + 1
        failed = sum(self._dice.random() < weather.failing_share for _ in range(total))
        timed_out = failed // 3
        errors = {"HTTP 503": failed - timed_out, f"timed out {self.words}".strip(): timed_out}
        return RequestSecond(
            latency=encode(of_counts(counts)),
            total=total,
            failed=failed,
            errors={kind: count for kind, count in errors.items() if count},
        )

    def _latency_ms(self, median_ms: float) -> float:
        return median_ms * math.exp(self._dice.gauss(0, 0.35))

    def read(self, sli: PlannedSli, load: LoadSecond, weather: Weather) -> Reading:
        """One reading of one SLI."""
        if weather.blind:
            return Unknown(reason=weather.blind)
        if sli.measure is Measure.RATIO:
            return load.ratio() if load.ratio().total else Unknown(reason="no request ended in this second")
        if sli.measure is Measure.LATENCY:
            assert sli.quantile is not None
            return self._latency(load, sli.quantile)
        return Value(values=self._values(sli, load, weather))

    def _latency(self, load: LoadSecond, quantile: float) -> Reading:
        """Merged once a second, however many SLIs look at it."""
        if self._merged is None or self._merged[0] is not load:
            self._merged = (load, load.latency(0.5))
        merged = self._merged[1]
        return merged.model_copy(update={"quantile": quantile}) if isinstance(merged, Latency) else merged

    def _values(self, sli: PlannedSli, load: LoadSecond, weather: Weather) -> dict[str, Scalar]:
        if sli.quantity == "status":
            return {"status": 503 if weather.unhealthy else 200, "latency_ms": self._latency_ms(4)}
        if sli.quantity == "throughput":
            return {"throughput": load.throughput_per_s()}
        if sli.quantity == "depth":
            return {"depth": max(0, round(self._dice.gauss(40 * weather.slowdown, 6)))}
        if sli.quantity == "elected":
            return {"elected": not weather.unhealthy}
        return {"latency_ms": round(self._latency_ms(60 * weather.slowdown), 2)}
