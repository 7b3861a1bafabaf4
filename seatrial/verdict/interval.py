"""The exact interval of a share, and its inverse: which counts decide against a budget.

Sizes are floats, for the design effect divides counts (see `design_effect`). The tails are those of
Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
Biometrika 26 (1934), written as quantiles of the beta distribution.
"""

from seatrial.verdict.counts import Counts

ALPHA = 0.10
"""Both tails together: each end of an interval is wrong in at most 5 % of windows."""


def clopper_pearson(counts: Counts, alpha: float = ALPHA) -> tuple[float, float]:
    """The interval of the bad share, at least 1 - alpha sure; (0, 1) of no events at all."""
    from scipy.special import betaincinv

    bad, good = counts.bad, counts.total - counts.bad
    low = float(betaincinv(bad, good + 1, alpha / 2)) if bad > 0 else 0.0
    high = float(betaincinv(bad + 1, good, 1 - alpha / 2)) if good > 0 else 1.0
    return low, high


def deciding_counts(total: float, budget: float, alpha: float = ALPHA) -> tuple[float | None, float | None]:
    """The inverse of the interval for `total` events against a budget in (0, 1).

    Returns the largest bad count whose interval is still within the budget, and the count above which the
    interval is wholly beyond it; None: no count can do that. Real numbers: between two whole counts the
    tails run smoothly.
    """
    from scipy.special import bdtrik

    most = float(bdtrik(alpha / 2, total, budget)) if (1 - budget) ** total <= alpha / 2 else None
    beyond = float(bdtrik(1 - alpha / 2, total, budget)) + 1
    return most, beyond if beyond < total else None
