"""Counts requests and arrivals a second at a time.

On the way of a request stands one list append; histograms are built when the second is over.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from seatrial import histogram
from seatrial.load.shim.errors import OTHER, count_kind, kind_of
from seatrial.load.wire import End, Part, RequestCounts

NAMES_MAX = 200
"""Request names in one second of one worker; later ones are counted as `other`."""
PART_BYTES_MAX = 48 * 1024
CPU_WINDOW_S_MIN = 0.25
"""The last second of a run may be too short to tell anything."""


@dataclass(slots=True)
class Bucket:
    """One request name's raw numbers, in milliseconds."""

    latency_ms: list[float] = field(default_factory=list)
    service_ms: list[float] = field(default_factory=list)
    """Open model only."""
    failed: int = 0
    errors: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Slice:
    """One second of one worker."""

    second: int
    buckets: dict[str, Bucket] = field(default_factory=dict)
    scheduled: int = 0
    dropped: int = 0
    lag_s: float = 0.0
    user_errors: dict[str, int] = field(default_factory=dict)


class Recorder:
    """The slice of now, and those that are over and wait to be sent."""

    def __init__(self, clock_offset_s: float) -> None:
        self._offset_s = clock_offset_s
        self._slice = Slice(int(self.now_unix()))
        self._ended: list[Slice] = []
        self._cpu_share = 0.0
        self._cpu_s = time.process_time()
        self._cpu_taken_at = time.monotonic()

    def now_unix(self) -> float:
        """Seconds since the epoch on the engine's grid, which no change of the wall clock moves."""
        return time.monotonic() + self._offset_s

    def slice_of_now(self) -> Slice:
        """Where to count what happens now."""
        second = int(time.monotonic() + self._offset_s)
        if second != self._slice.second:
            self._ended.append(self._slice)
            self._slice = Slice(second)
        return self._slice

    def request(
        self,
        name: str,
        service_ms: float,
        lag_ms: float | None,
        exception: BaseException | None,
        response: object,
    ) -> None:
        """Count one request; `lag_ms` came between its intended and its actual start (None: closed model)."""
        buckets = self.slice_of_now().buckets
        bucket = buckets.get(name)
        if bucket is None:
            bucket = _new_bucket(buckets, name)
        if lag_ms is None:
            bucket.latency_ms.append(service_ms)
        else:
            bucket.latency_ms.append(service_ms + lag_ms)
            bucket.service_ms.append(service_ms)
        if exception is not None:
            bucket.failed += 1
            status_code = getattr(response, "status_code", 0) or 0
            count_kind(bucket.errors, kind_of(exception, status_code))

    def lag(self, lag_s: float) -> None:
        """Note that the generator itself was this late."""
        now = self.slice_of_now()
        now.lag_s = max(now.lag_s, lag_s)

    def ended(self) -> list[Slice]:
        """Take the slices that are over."""
        self.slice_of_now()
        ended, self._ended = self._ended, []
        return ended

    def all_slices(self) -> list[Slice]:
        """Take everything, the slice of now too: the worker ends."""
        taken = [*self.ended(), self._slice]
        self._slice = Slice(self._slice.second)
        return taken

    def cpu_share(self) -> float:
        """CPU time of this process, lately, as a share of one core."""
        cpu_s, at = time.process_time(), time.monotonic()
        if at - self._cpu_taken_at >= CPU_WINDOW_S_MIN:
            self._cpu_share = (cpu_s - self._cpu_s) / (at - self._cpu_taken_at)
            self._cpu_s, self._cpu_taken_at = cpu_s, at
        return self._cpu_share


def _new_bucket(buckets: dict[str, Bucket], name: str) -> Bucket:
    return buckets.setdefault(name if len(buckets) < NAMES_MAX else OTHER, Bucket())


def parts(worker: str, one: Slice, end: End) -> Iterator[Part]:
    """A slice as messages of bounded size, the last one with the worker's own figures."""
    requests: dict[str, RequestCounts] = {}
    size = 0
    for name, bucket in one.buckets.items():
        requests[name] = counts = _counts(bucket)
        size += len(name) + len(counts["latency"]) + len(counts.get("service", "")) + 2000
        if size > PART_BYTES_MAX:
            yield {"kind": "part", "worker": worker, "second": one.second, "requests": requests}
            requests, size = {}, 0
    yield {"kind": "part", "worker": worker, "second": one.second, "requests": requests, "end": end}


def _counts(bucket: Bucket) -> RequestCounts:
    counts: RequestCounts = {
        "latency": _encoded(bucket.latency_ms),
        "total": len(bucket.latency_ms),
        "failed": bucket.failed,
        "errors": bucket.errors,
    }
    if bucket.service_ms:
        counts["service"] = _encoded(bucket.service_ms)
    return counts


def _encoded(values_ms: list[float]) -> str:
    return histogram.encode(histogram.of_counts(Counter(round(ms * 1000) for ms in values_ms)))
