"""Which replica gets the next try."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from seatrial.shop.client import Pool


@dataclass(slots=True, eq=False)
class Upstream:
    """A replica as the front sees it."""

    index: int
    pool: Pool
    in_flight: int = 0
    is_healthy: bool = True
    """False from a failed try or health check until a health check succeeds again."""
    last_turn: int = 0


class RoundRobin:
    """Each in its turn, whatever became of the turn before."""

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        self._upstreams = upstreams
        self._turn = 0

    def choose(self, tried: Collection[Upstream]) -> Upstream:
        upstream = self._upstreams[self._turn % len(self._upstreams)]
        self._turn += 1
        return upstream


class LeastInFlight:
    """The least busy of the healthy; equals in turn. A replica that hangs stays busy and is left alone.

    Where none is healthy, all are asked: a front that is wrong about them must not be the outage.
    """

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        self._upstreams = upstreams
        self._turn = 0

    def choose(self, tried: Collection[Upstream]) -> Upstream:
        self._turn += 1
        best = min(
            self._upstreams,
            key=lambda each: (not each.is_healthy, each in tried, each.in_flight, each.last_turn),
        )
        best.last_turn = self._turn
        return best
