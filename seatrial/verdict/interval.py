"""The exact interval of a share, and its inverse: which counts decide against a budget.

The tails are those of Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case
of the binomial", Biometrika 26 (1934), written as quantiles of the beta distribution. Counts are divided by
the design effect and so are no whole numbers; the beta distribution runs smoothly between these.
"""

from seatrial.verdict.confidence import ALPHA
from seatrial.verdict.counts import Counts
from seatrial.verdict.design_effect import INDEPENDENT, DesignEffect


def clopper_pearson(
    counts: Counts, alpha: float = ALPHA, deff: DesignEffect = INDEPENDENT
) -> tuple[float, float]:
    """The interval of the bad share, each end wrong in at most alpha/2 of windows; (0, 1) of no events."""
    from scipy.special import betaincinv

    bad, total = counts.over(deff.low)
    low = float(betaincinv(bad, total - bad + 1, alpha / 2)) if bad > 0 else 0.0
    bad, total = counts.over(deff.high)
    high = float(betaincinv(bad + 1, total - bad, 1 - alpha / 2)) if total > bad else 1.0
    return low, high


def deciding_counts(
    total: float, budget: float, alpha: float = ALPHA, deff: DesignEffect = INDEPENDENT
) -> tuple[float | None, float | None]:
    """The inverse of `clopper_pearson` for `total` events against a budget in (0, 1).

    Returns the largest bad count whose interval is still within the budget, and the count above which the
    interval is wholly beyond it; None: no count can do that. The latter is the former of the good events.
    """
    most = _most(total / deff.high, budget, alpha)
    most_good = _most(total / deff.low, 1 - budget, alpha)
    return (
        None if most is None else most * deff.high,
        None if most_good is None else total - most_good * deff.low,
    )


def _most(total: float, budget: float, alpha: float) -> float | None:
    """The count whose upper end is the budget; None: not even 0 is within."""
    from scipy.special import bdtrik

    return float(bdtrik(alpha / 2, total, budget)) if (1 - budget) ** total <= alpha / 2 else None
