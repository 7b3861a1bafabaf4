"""Rounds: a population of targets, each scraped at its own moments, as one reading after another.

    target a  ──x─────────x─────────x──       x a scrape, o one that failed
    target b  ─────x─────────x─────────x       a round is complete when every target that can be
    target c  ───x─────────o                   expected has a scrape that no round before it had
    round     ......|.........|.........|

A round tells each growth once and reaches from the first moment that it may speak of to the last. Targets
come and go while it is watched; whatever went unseen is said.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from seatrial.series.increments import Counters, Growth, Key, Scrape

TOLD_MAX: Final = 3
_GAPS_KEPT: Final = 50


class Missing(Exception):
    """Fewer targets were seen than are needed, in words."""


@dataclass(frozen=True)
class Round:
    """What all targets counted since the round before."""

    begin_s: float
    end_s: float
    growths: tuple[Growth, ...]
    scrapes: tuple[Scrape, ...]
    """The newest of each target."""
    seen: int
    """How many targets."""
    expected: int
    unobserved: float
    """About so many events may have been counted by targets that died before they were scraped again."""


@dataclass
class _Target:
    counters: Counters
    growths: list[Growth] = field(default_factory=list)
    scrape: Scrape | None = None
    """The newest that no round has told."""
    looked_s: float = -math.inf
    trouble: str | None = None
    """Why the newest look showed nothing."""
    rate_per_s: float = 0.0
    unobserved: float = 0.0


class Rounds:
    """Scrapes go in as they come to be known, rounds come out."""

    def __init__(
        self,
        whole: Callable[[Key], bool],
        *,
        may_be_missing: int = 0,
        watched_since_s: float = math.inf,
        counting: bool = True,
    ) -> None:
        """`whole`: whether a series counts all events, of which others are a part. Not `counting`: these are
        gauges, which do not grow.
        """
        self._whole = whole
        self._counting = counting
        self._may_be_missing = may_be_missing
        self._watched_since_s = watched_since_s
        self._targets: dict[str, _Target] = {}
        self._gaps_s: list[float] = []
        self._expected = 0

    @property
    def every_s(self) -> float | None:
        """How often targets are scraped, learned as the median gap; None before two scrapes of one."""
        return median(self._gaps_s) if self._gaps_s else None

    def last_s(self, target: str) -> float:
        """When a target was looked at last, whatever it showed."""
        known = self._targets.get(target)
        return known.looked_s if known is not None else -math.inf

    def take(self, target: str, scrape: Scrape) -> None:
        """One scrape, in its order; raises ValueError where its counters cannot be compared."""
        known = self._known(target)
        if known.counters.last_s is not None and known.trouble is None:
            self._gaps_s = [*self._gaps_s, scrape.t_s - known.counters.last_s][-_GAPS_KEPT:]
        known.looked_s, known.scrape = scrape.t_s, scrape
        was_down, known.trouble = known.trouble is not None, None
        growth = known.counters.advance(scrape) if self._counting else self._as_it_stands(known, scrape)
        if growth is None:
            return
        if growth.lost_s and not was_down:
            known.unobserved += known.rate_per_s * growth.lost_s
        if growth.end_s > growth.begin_s:
            known.rate_per_s = self._events(growth) / (growth.end_s - growth.begin_s)
        known.growths.append(growth)

    def _as_it_stands(self, known: _Target, scrape: Scrape) -> Growth:
        known.counters.last_s = scrape.t_s
        return Growth(scrape.t_s, scrape.t_s, {})

    def fail(self, target: str, t_s: float, trouble: str) -> None:
        """A look at a target that showed nothing: what it counted since the last may be lost."""
        known = self._known(target)
        if known.trouble is None and known.counters.last_s is not None:
            known.unobserved += known.rate_per_s * (t_s - known.counters.last_s)
        known.looked_s, known.trouble = t_s, trouble

    def complete(self, now_s: float, silent_after_s: float) -> Round | None:
        """The next round; None while one is not complete. Raises Missing where too few targets are seen.

        A target at which nobody has looked for `silent_after_s` is there no more.
        """
        present = {n: t for n, t in self._targets.items() if t.looked_s >= now_s - silent_after_s}
        up = [target for target in present.values() if target.trouble is None]
        down = {name: target.trouble for name, target in present.items() if target.trouble is not None}
        self._count_vanished(present)
        self._expected = self._expected or len(present)
        missing = max(len(down), self._expected - len(up))
        if missing > self._may_be_missing or not up:
            raise Missing(_told(missing, max(self._expected, len(present)), down))
        if any(target.scrape is None for target in up) or not any(target.growths for target in up):
            return None
        return self._round(up, max(self._expected, len(present)))

    def _round(self, up: list[_Target], expected: int) -> Round:
        growths = tuple(growth for target in self._targets.values() for growth in target.growths)
        scrapes = tuple(target.scrape for target in up if target.scrape is not None)
        unobserved = sum(target.unobserved for target in self._targets.values())
        for target in self._targets.values():
            target.growths, target.scrape, target.unobserved = [], None, 0.0
        begin_s = min(growth.begin_s for growth in growths)
        end_s = max(growth.end_s for growth in growths)
        return Round(begin_s, end_s, growths, scrapes, len(up), expected, unobserved)

    def _count_vanished(self, present: Iterable[str]) -> None:
        """What a target counted between its last scrape and the one that never came."""
        kept = set(present)
        for name, target in self._targets.items():
            if name not in kept and target.trouble is None:
                target.trouble = "gone"
                target.unobserved += target.rate_per_s * (self.every_s or 0.0)

    def _events(self, growth: Growth) -> float:
        return growth.total(frozenset(key for key in growth.counts if self._whole(key)))

    def _known(self, target: str) -> _Target:
        if target not in self._targets:
            self._targets[target] = _Target(Counters(self._watched_since_s))
        return self._targets[target]


def _told(missing: int, expected: int, down: Mapping[str, str | None]) -> str:
    if not expected:
        return "no target has told anything of late"
    named = "; ".join(f"{name}: {trouble}" for name, trouble in list(down.items())[:TOLD_MAX])
    return f"{missing} of {expected} targets missing" + (f" ({named})" if named else "")
