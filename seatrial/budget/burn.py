"""Burn rates: how many times faster than it may the budget goes, over pairs of windows.

    burn = bad share / (1 - objective)       1: the budget lasts exactly for the window

A pair fires when both its windows burn at its factor: the long one says that it matters, the short one that
it goes on. Shares of the budget and windows: Google, "The Site Reliability Workbook", chapter 5.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from seatrial.model.record import Record
from seatrial.model.units import format_duration
from seatrial.verdict.counts import Counts
from seatrial.verdict.interval import clopper_pearson

HOUR_S: Final = 3600.0
_PAIRS: Final = ((0.02, 1.0, 5 / 60), (0.05, 6.0, 0.5), (0.1, 24.0, 2.0))
"""Share of the budget gone within the long window, in hours, and the short window, in hours."""


class Pair(NamedTuple):
    """One alert on a burn rate."""

    factor: float
    long_s: float
    short_s: float

    @property
    def name(self) -> str:
        short = format_duration(self.short_s)
        return f"{self.factor:.3g}x over {format_duration(self.long_s)} and {short}"


class Burn(Record):
    """A pair and what was seen in its windows."""

    pair: str
    factor: float
    long: float | None
    """The burn over its long window; None: no traffic."""
    short: float | None
    at_least: float
    """The lower bound of the long one, with 95 % confidence."""
    long_s: float

    @property
    def fires(self) -> bool:
        """At its lower bound: a handful of errors on a quiet service is chance."""
        return self.short is not None and self.at_least > self.factor and self.short > self.factor


def pairs_of(window_s: float) -> tuple[Pair, ...]:
    """The pairs for a window of this length: 14.4x/1 h, 6x/6 h and 3x/1 d for 30 days, 13.4x … for 28.

    Of short windows those are left out that would fire where the budget lasts: with a factor of 1 or less.
    """
    pairs = (
        Pair(share * window_s / (long_h * HOUR_S), long_h * HOUR_S, short_h * HOUR_S)
        for share, long_h, short_h in _PAIRS
    )
    return tuple(pair for pair in pairs if pair.factor > 1)


def windows_of(pairs: Sequence[Pair]) -> tuple[float, ...]:
    """Every window that has to be counted, in seconds."""
    return tuple(sorted({window for pair in pairs for window in (pair.long_s, pair.short_s)}))


def burns(pairs: Sequence[Pair], counted: Mapping[float, Counts], budget: float) -> tuple[Burn, ...]:
    """The pairs with what was counted in their windows; `budget` is 1 - objective, above 0."""
    return tuple(
        Burn(
            pair=pair.name,
            factor=pair.factor,
            long=_burn(counted[pair.long_s], budget),
            short=_burn(counted[pair.short_s], budget),
            at_least=clopper_pearson(counted[pair.long_s])[0] / budget if counted[pair.long_s].total else 0.0,
            long_s=pair.long_s,
        )
        for pair in pairs
    )


def _burn(counts: Counts, budget: float) -> float | None:
    return counts.share / budget if counts.total else None
