"""One process' business requests in the Prometheus text format 0.0.4.

Health checks and scrapes are left out: a ratio over all requests is then one over users' requests.
"""

import math
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seatrial.shop import wire

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)

_METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class _Durations:
    buckets: list[int] = field(default_factory=lambda: [0] * len(BOUNDS_S))
    sum_s: float = 0.0


class Metrics:
    """Labels come from closed sets only (a path is its template), so the number of series is bounded."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[tuple[str, str], _Durations] = {}
        self._started_at_s = datetime.now(UTC).timestamp()
        self.in_flight = 0
        self.events: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Further counters by name and labels: `events["shop_retries_total"][""]`."""

    def observe(self, method: str, path: str, code: int, duration_s: float) -> None:
        """Count one answered request; `path` is a template: `/products/{id}`."""
        method = method if method in _METHODS else "other"
        self._requests[method, path, code] += 1
        durations = self._durations.setdefault((method, path), _Durations())
        durations.buckets[bisect_left(BOUNDS_S, duration_s)] += 1
        durations.sum_s += duration_s

    def response(self) -> wire.Response:
        return wire.Response(200, self.text().encode(), CONTENT_TYPE)

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# HELP http_requests_total Business requests answered."
        yield "# TYPE http_requests_total counter"
        for (method, path, code), count in self._requests.items():
            yield f'http_requests_total{{method="{method}",path="{path}",code="{code}"}} {count}'
        yield from self._histogram_lines()
        yield "# HELP http_requests_in_flight Business requests being answered."
        yield "# TYPE http_requests_in_flight gauge"
        yield f"http_requests_in_flight {self.in_flight}"
        for name, counts in self.events.items():
            yield f"# TYPE {name} counter"
            yield from (f"{name}{labels} {count}" for labels, count in counts.items())
        yield "# HELP process_start_time_seconds Start of the process, seconds since the epoch."
        yield "# TYPE process_start_time_seconds gauge"
        yield f"process_start_time_seconds {self._started_at_s:.3f}"
        yield "# HELP process_cpu_seconds_total CPU time used, user and system."
        yield "# TYPE process_cpu_seconds_total counter"
        yield f"process_cpu_seconds_total {time.process_time():.6f}"

    def _histogram_lines(self) -> Iterator[str]:
        name = "http_request_duration_seconds"
        yield f"# HELP {name} Time from a business request to its answer."
        yield f"# TYPE {name} histogram"
        for (method, path), durations in self._durations.items():
            labels, running = f'method="{method}",path="{path}"', 0
            for bound_s, count in zip(BOUNDS_S, durations.buckets, strict=True):
                running += count
                le = "+Inf" if bound_s == math.inf else str(bound_s)
                yield f'{name}_bucket{{{labels},le="{le}"}} {running}'
            yield f"{name}_sum{{{labels}}} {durations.sum_s:.6f}"
            yield f"{name}_count{{{labels}}} {running}"
