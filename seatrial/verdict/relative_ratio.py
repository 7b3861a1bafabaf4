"""`error_ratio <= 2x baseline`: two shares against each other.

The interval of the ratio is put together from the exact intervals of both shares (MOVER: Donner and Zou,
"Closed-form confidence intervals for functions of the normal mean and standard deviation", Stat. Methods
Med. Res. 21 (2012), the formula for a ratio). Both have the larger design effect of the two, for a window
with few errors cannot show its own bursts. Without an error in the baseline the ratio has no upper end: it
can be refuted, but never shown. Simulated error rates: `benchmarks/relative.py`.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Literal

from seatrial.model.units import format_share
from seatrial.verdict.confidence import ALPHA
from seatrial.verdict.counts import UNSEEN_SHARE_MAX, Counts, Second, share_unseen, total_of
from seatrial.verdict.decision import Decision
from seatrial.verdict.design_effect import BATCHES, DesignEffect, design_effect
from seatrial.verdict.interval import clopper_pearson
from seatrial.verdict.status import Status

RULE = "MOVER ratio of two Clopper-Pearson intervals with the design effect"


def judge_relative_ratio(
    baseline: Sequence[Second],
    fault: Sequence[Second],
    factor: float,
    *,
    share: Literal["good", "bad"] = "bad",
    alpha: float = ALPHA,
    batches: Sequence[int] = BATCHES,
) -> Decision:
    """Decide whether the bad share is at most (the good share: at least) `factor` times the baseline's.

    Both sides: (bad, total) of each reading in order, None where nothing could be seen. Value and interval
    are multiples of the baseline. ValueError: a factor not above 0.
    """
    if factor <= 0:
        raise ValueError(f"{factor} times the baseline is not an objective")
    before, during = total_of(baseline), total_of(fault)
    if not before.total or not during.total:
        missing = "baseline" if not before.total else "fault window"
        return _decision(Status.UNKNOWN, during, reason=f"No events were seen in the {missing}.")
    deff = design_effect(baseline, alpha, batches).or_larger(design_effect(fault, alpha, batches))
    low, high = ratio_interval(_estimate(during, share, alpha, deff), _estimate(before, share, alpha, deff))
    unseen = max(share_unseen(baseline), share_unseen(fault))
    status = _decide(low, high, factor, share, unseen)
    was, now = _share(before, share), _share(during, share)
    return _decision(
        status,
        during,
        value=now / was if was else None,
        low=low,
        high=high,
        reason=_reason(status, before, during, interval=(low, high), factor=factor, share=share),
    )


Estimate = tuple[float, float, float]
"""A share and the ends of its interval: (share, low, high)."""


def ratio_interval(numerator: Estimate, denominator: Estimate) -> tuple[float, float | None]:
    """The interval of numerator over denominator from their own intervals; None: no upper end."""
    above, above_low, above_high = numerator
    below, below_low, below_high = denominator
    product = above * below
    squeeze = below_high * (2 * below - below_high)
    low_root = sqrt(max(product**2 - above_low * (2 * above - above_low) * squeeze, 0.0))
    # Multiplied out by the conjugate, for `squeeze` runs through 0.
    low = above_low * (2 * above - above_low) / (product + low_root) if product + low_root else 0.0
    stretch = below_low * (2 * below - below_low)
    if not stretch:
        return low, None
    high_root = sqrt(max(product**2 - above_high * (2 * above - above_high) * stretch, 0.0))
    return low, (product + high_root) / stretch


def _share(counts: Counts, share: Literal["good", "bad"]) -> float:
    return counts.share if share == "bad" else 1 - counts.share


def _estimate(counts: Counts, share: Literal["good", "bad"], alpha: float, deff: DesignEffect) -> Estimate:
    low, high = clopper_pearson(counts, alpha, deff)
    if share == "bad":
        return counts.share, low, high
    return 1 - counts.share, 1 - high, 1 - low


def _decide(
    low: float, high: float | None, factor: float, share: Literal["good", "bad"], unseen: float
) -> Status:
    if share == "bad":
        held, deviated = high is not None and high <= factor, low > factor
    else:
        held, deviated = low >= factor, high is not None and high < factor
    if deviated:
        return Status.DEVIATED
    return Status.HELD if held and unseen <= UNSEEN_SHARE_MAX else Status.UNKNOWN


def _decision(
    status: Status,
    during: Counts,
    *,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    reason: str,
) -> Decision:
    return Decision(
        status=status,
        unit="x baseline",
        value=value,
        low=low,
        high=high,
        samples=int(during.total),
        rule=RULE,
        reason=reason,
    )


def _reason(
    status: Status,
    before: Counts,
    during: Counts,
    *,
    interval: tuple[float, float | None],
    factor: float,
    share: Literal["good", "bad"],
) -> str:
    low, high = interval
    asked = f"at {'most' if share == 'bad' else 'least'} {factor:.4g}x"
    was, now = _share(before, share), _share(during, share)
    seen = (
        f"the {share} share went from {format_share(was)} of {before.total:,.0f} events "
        f"to {format_share(now)} of {during.total:,.0f}"
    )
    if not before.bad and not during.bad:
        return f"{seen}: without a bad event there is nothing to compare; an absolute objective can be shown."
    ends = f"{low:.3g}x to {high:.3g}x" if high is not None else f"{low:.3g}x or more"
    told = {
        Status.HELD: f"so {asked} is shown",
        Status.DEVIATED: f"so {asked} is refuted",
        Status.UNKNOWN: f"so {asked} is neither shown nor refuted",
    }[status]
    return f"{seen}, {ends} the baseline's: {told}."
