"""What a run took of a budget: bad events under fault beyond what is usual, with their interval.

    spent = x_f - x_b / n_b * n_f        within [CPlow_f - CPhigh_b, CPhigh_f - CPlow_b] * n_f

where f is the time from injection to recovery, b the baseline, CP the exact bounds of a share, 5 % a side.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from seatrial.verdict.counts import Counts, Second, total_of
from seatrial.verdict.design_effect import design_effect
from seatrial.verdict.interval import clopper_pearson

if TYPE_CHECKING:
    from seatrial.slo.slo import Slo


class Spent(NamedTuple):
    """Bad events, or slices of time, that the run caused."""

    most_likely: float
    low: float
    high: float

    def over(self, allowed: float) -> "Spent":
        """As shares of the budget."""
        if allowed <= 0:
            return Spent(math.inf, math.inf, math.inf)
        return Spent(self.most_likely / allowed, self.low / allowed, self.high / allowed)


def spent(baseline: Sequence[Second], during: Sequence[Second]) -> Spent | None:
    """In events; None where either time has none: then nothing can be said."""
    before, faulty = total_of(baseline), total_of(during)
    if not before.total or not faulty.total:
        return None
    low_f, high_f = clopper_pearson(faulty, deff=design_effect(during))
    low_b, high_b = clopper_pearson(before, deff=design_effect(baseline))
    return Spent(
        faulty.bad - before.share * faulty.total,
        (low_f - high_b) * faulty.total,
        (high_f - low_b) * faulty.total,
    )


def spent_for_sure(baseline: Counts, during: Counts) -> float:
    """The least that was spent, in events: what a guard may act on while the run goes on."""
    if not baseline.total or not during.total:
        return 0.0
    usual = clopper_pearson(baseline)[1]
    return max(0.0, during.bad - usual * during.total)


def slices_spent(slo: "Slo", seconds: Sequence[tuple[float, Second]]) -> Spent:
    """Slices that were bad, by the wall clock; `seconds` are the ends of readings with what they counted.

    A slice in which nothing was seen may have been bad.
    """
    assert slo.slices is not None
    slices: dict[int, list[Second]] = {}
    for end_s, second in seconds:
        slices.setdefault(math.floor(end_s / slo.slices.length), []).append(second)
    bad = unseen = 0
    for within in slices.values():
        counts = total_of(within)
        if not counts.total:
            unseen += any(second is None for second in within)
        elif 1 - counts.share < slo.slices.at_least:
            bad += 1
    return Spent(bad, bad, bad + unseen)
