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
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from seatrial.verdict.counts import Second, total_of
from seatrial.verdict.interval import ALPHA

BATCHES = (1, 5, 10)
"""Lengths of the windows, in readings (seconds): bursts of up to about the longest are seen."""
_BATCHES_MIN = 4
"""A length is left out where fewer windows than this stand side by side: they cannot show a variance."""


def design_effect(seconds: Sequence[Second], alpha: float = ALPHA, batches: Sequence[int] = BATCHES) -> float:
    """At least 1; never so large that all bad (or all good) events together count less than one."""
    bad, total = total_of(seconds)
    rarer = min(bad, total - bad)
    if rarer <= 1:
        return 1.0
    share = bad / total
    residuals = [0.0 if second is None else second[0] - share * second[1] for second in seconds]
    sums = list(accumulate(residuals, initial=0.0))
    binomial = total * share * (1 - share)
    effects = [_variance(sums, batch, alpha) / binomial for batch in batches if _fits(batch, len(seconds))]
    return min(max([1.0, *effects]), rarer)


def effect_by_chance(seconds: int, alpha: float = ALPHA, batches: Sequence[int] = BATCHES) -> float:
    """About what a window of so many readings shows of independent events: the price of not knowing."""
    freedom = [1.5 * (seconds / batch - 1) for batch in batches if _fits(batch, seconds)]
    return _widening(min(freedom), alpha) if freedom else 1.0


def _fits(batch: int, seconds: int) -> bool:
    return seconds >= _BATCHES_MIN * batch


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
