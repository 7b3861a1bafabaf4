"""One second of load, merged over all worker processes."""

from typing import TYPE_CHECKING

from seatrial.model.record import NonNegativeFloat, NonNegativeInt, Record
from seatrial.reading import Latency, Ratio, Unknown

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram

_SECOND_MS = 1000.0


class RequestSecond(Record):
    """The requests of one name that ended within the second."""

    latency: str
    """Encoded histogram of all of them, failed ones too; in the open model from the intended start."""
    service: str | None = None
    """The same from the actual start; None where it is the same thing (closed model)."""
    total: NonNegativeInt
    failed: NonNegativeInt
    errors: dict[str, int] = {}
    """Failures by kind, such as `HTTP 503` or `connection refused`; a bounded number of kinds."""


class LoadSecond(Record):
    """What the load generator did and saw within one wall-clock second.

    A dropped arrival was never sent, so it is neither a good nor a bad event of the system: it is
    kept beside them, and `honesty.generator_limit` makes the verdict inconclusive because of it.
    Requests still in flight at the end of the second are in no count yet: `in_flight` and `oldest_ms`
    tell of answers that do not come, and readings carry them to the verdict.
    """

    second_unix: int
    requests: dict[str, RequestSecond] = {}
    users: NonNegativeInt = 0
    """User instances: those of the closed model, or those that the open model keeps ready."""
    in_flight: NonNegativeInt = 0
    """Open model: arrivals begun or waiting for a user, not ended, at the end of the second."""
    oldest_ms: NonNegativeFloat = 0.0
    """Open model: how long the oldest of them has been waiting for its end."""
    dropped: NonNegativeInt = 0
    """Open model: arrivals not sent, for `max_in_flight` was reached."""
    scheduled: NonNegativeInt = 0
    """Open model: arrivals that were due, dropped ones included."""
    cpu_share: NonNegativeFloat = 0.0
    """CPU time of the busiest worker process, as a share of one core."""
    lag_ms: NonNegativeFloat = 0.0
    """How late the generator itself was at worst: an arrival behind its schedule, a timer's delay."""
    user_errors: dict[str, int] = {}
    """Exceptions out of the Locust file's own tasks, by type and text."""
    workers: NonNegativeInt = 0
    """Worker processes that reported this second."""
    workers_expected: NonNegativeInt = 1
    late: NonNegativeInt = 0
    """Reports of earlier seconds that came too late for them and are counted here."""
    lost: NonNegativeInt = 0
    """Worker reports of earlier seconds that could not be delivered at all."""
    warming_up: bool = False
    """Within `warm_up`: not to be judged."""

    def ratio(self, name: str | None = None) -> Ratio:
        """Successful out of all requests that ended, of one name or of all.

        What waits has no name yet, so it is told with all requests only.
        """
        total = sum(one.total for one in self._of(name))
        good = total - sum(one.failed for one in self._of(name))
        return Ratio(good=good, total=total, waiting=self.in_flight if self._is_stuck(name) else 0)

    def error_ratio(self, name: str | None = None) -> float | None:
        """Failed share of the requests that ended; None when none did."""
        ratio = self.ratio(name)
        return ratio.bad / ratio.total if ratio.total else None

    def latency(self, quantile: float, name: str | None = None) -> Latency | Unknown:
        """Durations of the requests that ended, and how many wait; unknown when there is neither."""
        parts = [one.latency for one in self._of(name) if one.total]
        waiting = self.in_flight if name is None else 0
        if not parts and not waiting:
            return Unknown(reason="no request ended in this second")
        return Latency(
            histogram=_merged(parts),
            quantile=quantile,
            waiting=waiting,
            arrivals=self.scheduled if name is None else 0,
        )

    def service(self, name: str | None = None) -> "HdrHistogram":
        """Durations from the actual start, in microseconds."""
        from seatrial.histogram import merged

        return merged(one.service or one.latency for one in self._of(name))

    def throughput_per_s(self, name: str | None = None) -> float:
        """Requests that ended in this second."""
        return float(sum(one.total for one in self._of(name)))

    def _is_stuck(self, name: str | None) -> bool:
        """Whether a request has been waiting since before this second."""
        return name is None and self.oldest_ms > _SECOND_MS

    def _of(self, name: str | None) -> list[RequestSecond]:
        if name is None:
            return list(self.requests.values())
        return [self.requests[name]] if name in self.requests else []


def _merged(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    from seatrial.histogram import encode, merged

    return encode(merged(parts))
