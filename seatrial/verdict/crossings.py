"""Requests that wait are counted when they cross the threshold, not when they end: a hang counts at once.

    due ──────────────┬─────────────▶ ended above the threshold
                      │ crosses T
                      └─────────────▶ still waiting: how many of these are overdue is bounded from below

Of the requests in flight at most `rate x T` can have been due for less than T, so of `waiting` at least
`waiting - rate x T` are overdue. What the baseline had in flight is taken off as well (a task may rest, or
send several requests), and three times the root of it all for arrivals that come by chance. So a request
counts as bad no sooner than it is, and never twice: those ended above T and those overdue now can only become
more in truth, and a second's bad ones are that by which the largest sum so far grows.
"""

from math import sqrt
from typing import NamedTuple

_CHANCE = 3.0
"""Standard deviations of a Poisson count."""


class Usual(NamedTuple):
    """What the load did while all was well."""

    waiting: float = 0.0
    """Requests in flight at the end of an interval, in the median."""
    per_arrival: float = 1.0
    """Requests that one arrival makes, at least 1."""
    arrivals: float = 0.0
    """Arrivals in an interval, in the median; 0 where that is not known."""

    def waiting_at(self, arrivals: int) -> float:
        """In flight when more arrive, as in a load profile that ramps up."""
        return self.waiting * max(1.0, arrivals / self.arrivals) if self.arrivals else self.waiting


STEADY = Usual()
"""Nothing in flight, one request an arrival."""


class Crossings:
    """Follows one window of seconds, fed in order."""

    __slots__ = ("_ended_above", "_most", "_rate", "_threshold_s", "_usual")

    def __init__(self, threshold_ms: float, usual: Usual = STEADY) -> None:
        self._threshold_s = threshold_ms / 1000
        self._usual = usual
        self._rate = 0
        self._ended_above = 0
        self._most = 0

    @property
    def unfinished(self) -> int:
        """How many have counted as bad that had not ended yet when the last second did."""
        return self._most - self._ended_above

    def update(self, above: int, total: int, waiting: int, arrivals: int) -> tuple[int, int]:
        """Take one second: how many ended, `above` of them beyond the threshold; returns (bad, total).

        `total` is what was decided in it: those that ended within the threshold, and those that crossed it.
        """
        self._ended_above += above
        self._rate = max(self._rate, arrivals)
        crossed = max(self._most, self._ended_above + self._overdue(waiting))
        bad, self._most = crossed - self._most, crossed
        return bad, total - above + bad

    def _overdue(self, waiting: int) -> int:
        """So many at least of those in flight have been due for longer than the threshold."""
        young = self._usual.waiting_at(self._rate) + self._rate * self._usual.per_arrival * self._threshold_s
        return max(0, int(waiting - young - _CHANCE * sqrt(young)))
