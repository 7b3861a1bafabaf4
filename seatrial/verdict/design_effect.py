"""The design effect: how many times less a window of bursty events tells than independent ones.

Errors come in bursts, so neighbouring events repeat each other. The variance of the bad share is measured
on the window itself and set against the binomial one:

    seconds   | . . x x x . . . . . x . |      r_t = bad_t - p * total_t
    windows   |-----|                          sums of r over b seconds, at every start (overlapping)
                |-----|
    variance  m/(m-1) * m * mean(sum^2) / n^2          with m = seconds / b
    deff      variance / (p (1-p) / n)                  the largest over several b

Overlapping windows: Meketon and Schmeiser, "Overlapping batch means: something for nothing?", WSC 1984;
they are worth 1.5 (m-1) degrees of freedom. A variance from few windows is itself unsure, so it is widened
by Student's t as in Korn and Graubard, Survey Methodology 24 (1998). Several lengths, for a burst shows
only in windows at least as long as it. Simulated error rates: `benchmarks/verdicts.py`.

It is bounded, for the two ends of an interval differently. To say that little is bad, all bad events may
have been a single one. To say that much is bad, they count as at least three: one burst is enough when it
makes the window nearly four times worse than allowed, since it is the fault's window that it fell into.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from seatrial.verdict.confidence import ALPHA
from seatrial.verdict.counts import Second, total_of

BATCHES = (1, 5, 10)
"""Lengths of the windows, in readings (seconds): bursts of up to about the longest are seen."""
_ABREAST_MIN = 4
"""A length is left out where fewer windows than this stand side by side: they cannot show a variance."""
_EVENTS_MIN_LOW = 3
_EVENTS_MIN_HIGH = 1


class DesignEffect(NamedTuple):
    """By how much to divide counts, at least 1."""

    low: float
    """For the lower end of the bad share."""
    high: float
    """For its upper end; at least as large."""

    def or_larger(self, other: "DesignEffect") -> "DesignEffect":
        """The larger of two, end by end."""
        return DesignEffect(max(self.low, other.low), max(self.high, other.high))


INDEPENDENT = DesignEffect(1.0, 1.0)


def design_effect(
    seconds: Sequence[Second], alpha: float = ALPHA, batches: Sequence[int] = BATCHES
) -> DesignEffect:
    """Of a window; `INDEPENDENT` where at most one event is bad, or at most one good."""
    bad, total = total_of(seconds)
    rarer = min(bad, total - bad)
    if rarer <= 1:
        return INDEPENDENT
    share = bad / total
    residuals = [0.0 if second is None else second[0] - share * second[1] for second in seconds]
    sums = list(accumulate(residuals, initial=0.0))
    binomial = total * share * (1 - share)
    effects = [_variance(sums, batch, alpha) / binomial for batch in batches if _fits(batch, len(seconds))]
    deff = max([1.0, *effects])
    return DesignEffect(
        low=max(1.0, min(deff, rarer / _EVENTS_MIN_LOW)), high=min(deff, rarer / _EVENTS_MIN_HIGH)
    )


def effect_by_chance(seconds: int, alpha: float = ALPHA, batches: Sequence[int] = BATCHES) -> float:
    """About what a window of so many readings shows of independent events: the price of not knowing."""
    freedom = [1.5 * (seconds / batch - 1) for batch in batches if _fits(batch, seconds)]
    return _widening(min(freedom), alpha) if freedom else 1.0


def _fits(batch: int, seconds: int) -> bool:
    return seconds >= _ABREAST_MIN * batch


def _variance(sums: Sequence[float], batch: int, alpha: float) -> float:
    """Of the total count, from overlapping windows of `batch` seconds, widened for their fewness."""
    abreast = (len(sums) - 1) / batch
    squares = [(end - start) ** 2 for start, end in zip(sums, sums[batch:], strict=False)]
    raw = abreast / (abreast - 1) * abreast * sum(squares) / len(squares)
    return raw * _widening(1.5 * (abreast - 1), alpha)


@lru_cache(maxsize=256)
def _widening(freedom: float, alpha: float) -> float:
    """Student's quantile over the normal one, squared."""
    from scipy.special import ndtri, stdtrit

    return float((stdtrit(freedom, 1 - alpha / 2) / ndtri(1 - alpha / 2)) ** 2)
