"""How much the counters of one target grew between two scrapes: resets seen, newborns counted from 0.

What is counted is kept by bucket: a plain counter has the one bucket of everything, a histogram all of its
own. So the buckets of a histogram are reset together or not at all.

Summing first and subtracting then is wrong: one target that restarts or goes takes its whole past out of
the sum (measured: up to 240 % off), where its own series tells exactly what it was.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Key = tuple[str, tuple[tuple[str, str], ...]]
"""A series: the metric's name and its sorted labels, without `le`."""
Bucket = tuple[float, float]
"""Above the first, up to and with the second."""
Counts = Mapping[Bucket, float]
"""How many events lie in each bucket."""

EVERYTHING: Final[Bucket] = (-math.inf, math.inf)
SERIES_MAX: Final = 20_000
STARTS_SLACK_S: Final = 1.0
"""Start times are told in whole seconds by some, and computed anew at each scrape."""


@dataclass(frozen=True)
class Scrape:
    """What one target showed at one moment."""

    t_s: float
    counts: Mapping[Key, Counts]
    started_s: float | None = None
    """When its process began, by the clock of `t_s`; None where it does not say."""


@dataclass(frozen=True)
class Growth:
    """What one target counted between two scrapes, or since its birth."""

    begin_s: float
    end_s: float
    counts: Mapping[Key, Counts]
    lost_s: float = 0.0
    """For so long, at the most, something may have been counted that a restart then took away."""

    def total(self, keys: frozenset[Key]) -> float:
        """The events of these series."""
        return sum(sum(counts.values()) for key, counts in self.counts.items() if key in keys)


class Counters:
    """The counters of one target, from scrape to scrape."""

    def __init__(self, watched_since_s: float = math.inf) -> None:
        """`watched_since_s`: a process that began later is counted from its birth on, not from its first
        scrape, for all that it ever counted was counted since then.
        """
        self._watched_since_s = watched_since_s
        self._counts: dict[Key, Counts] = {}
        self._started_s: float | None = None
        self.last_s: float | None = None
        """When it was scraped last."""

    def advance(self, scrape: Scrape) -> Growth | None:
        """What each series grew by; None at a first scrape that nothing can be compared with.

        A series that was not there counts from 0, for its target was already looked at. A series that fell
        was reset, so all that it shows is new; one that is missing is remembered until then. Raises
        ValueError where the target makes ever more series, or a native histogram changes its buckets.
        """
        before_s, self.last_s = self.last_s, scrape.t_s
        before, self._counts = self._counts, {**self._counts, **scrape.counts}
        started_s, self._started_s = self._started_s, scrape.started_s
        if len(self._counts) > SERIES_MAX:
            raise ValueError(f"more than {SERIES_MAX} series: name fewer of them")
        born_s = scrape.started_s
        if before_s is None:
            if born_s is None or born_s < self._watched_since_s:
                return None
            return Growth(min(born_s, scrape.t_s), scrape.t_s, scrape.counts)
        reborn = born_s is not None and started_s is not None and born_s > started_s + STARTS_SLACK_S
        fell = any(_fell(before.get(key, {}), now) for key, now in scrape.counts.items())
        if reborn or fell:  # what is not there now will count from 0 when it comes
            self._counts = dict(scrape.counts)
        if reborn and born_s is not None:
            return Growth(before_s, scrape.t_s, scrape.counts, lost_s=max(0.0, born_s - before_s))
        grown = {key: _grown(before.get(key, {}), now) for key, now in scrape.counts.items()}
        return Growth(before_s, scrape.t_s, grown, lost_s=scrape.t_s - before_s if fell else 0.0)


def _fell(before: Counts, now: Counts) -> bool:
    """A counter never falls, unless it was reset. Buckets are not read in one instant by every client: a
    single one may seem to fall by a little.
    """
    if sum(now.values()) < sum(before.values()):
        return True
    return any(now.get(bucket, 0.0) < count - max(2.0, 0.01 * count) for bucket, count in before.items())


def _grown(before: Counts, now: Counts) -> dict[Bucket, float]:
    if _fell(before, now):
        if before.keys() - now.keys() and sum(now.values()) >= sum(before.values()):
            raise ValueError("a histogram changed its buckets")
        return dict(now)
    return {bucket: max(0.0, count - before.get(bucket, 0.0)) for bucket, count in now.items()}


def by_bucket(cumulative: Mapping[float, float]) -> dict[Bucket, float]:
    """A classic histogram, bound -> events at or below it, as its buckets."""
    counts: dict[Bucket, float] = {}
    lower, below = -math.inf, 0.0
    for upper in sorted(cumulative):
        counts[lower, upper] = max(0.0, cumulative[upper] - below)
        lower, below = upper, max(below, cumulative[upper])
    return counts
