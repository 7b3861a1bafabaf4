"""The guard of the error budget: stops a run that surely took more of it than it may."""

import math
from collections.abc import Mapping, Sequence

from seatrial.budget.planned import PlannedBudget
from seatrial.budget.spending import spent_for_sure
from seatrial.model.units import format_share
from seatrial.plan.plan import Plan
from seatrial.reading import Ratio, Reading
from seatrial.run.guards import Breach
from seatrial.verdict.counts import Counts


class SpendGuard:
    """Fed from the first injection on; counts what is bad beyond the usual of the baseline.

    Where slices of time are counted, every slice begun with too many bad events is one, by the run's clock.
    """

    def __init__(self, budget: PlannedBudget, baseline: Sequence[Reading]) -> None:
        self._budget = budget
        self._usual = _sum(baseline)
        self._during = Counts(0, 0)
        self._slices: dict[int, Counts] = {}

    def look(self, sli: str, reading: Reading, now_s: float) -> Breach | None:
        """Feed one reading; a breach once the least that was spent is beyond the most that may be."""
        limit, slice_s = self._budget.spend_max, self._budget.slice_s
        if sli != self._budget.sli or limit is None or not isinstance(reading, Ratio):
            return None
        counted = _sum([reading])
        self._during = _plus(self._during, counted)
        if slice_s:
            number = math.floor(now_s / slice_s)
            self._slices[number] = _plus(self._slices.get(number, Counts(0, 0)), counted)
        share = self._spent() / self._budget.standing.allowed if self._budget.standing.allowed else 0.0
        if share <= limit:
            return None
        return Breach(
            guard=self._budget.guard_text,
            sli=sli,
            reason=f"at least {format_share(share)} of the error budget is spent",
            of_environment=False,
        )

    def _spent(self) -> float:
        if not self._budget.slice_s:
            return spent_for_sure(self._usual, self._during)
        return sum(1 - one.share < self._budget.slice_at_least for one in self._slices.values() if one.total)


def spend_guards(plan: Plan, baseline: Mapping[str, Sequence[Reading]]) -> list[SpendGuard]:
    """The one of a plan that spends of a budget; none otherwise."""
    return [SpendGuard(plan.budget, baseline[plan.budget.sli])] if plan.budget is not None else []


def _sum(readings: Sequence[Reading]) -> Counts:
    """What is surely bad: events that may have been good or bad count as good."""
    known = [one for one in readings if isinstance(one, Ratio)]
    return Counts(sum(one.bad for one in known), sum(one.total for one in known))


def _plus(one: Counts, other: Counts) -> Counts:
    return Counts(one.bad + other.bad, one.total + other.total)
