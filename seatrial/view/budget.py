"""What a run took of the error budget, against what was planned and what is left."""

import datetime
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from seatrial.budget.planned import PlannedBudget
from seatrial.budget.spending import Spent, slices_spent, spent
from seatrial.journal.entries import Phase
from seatrial.model.record import Record
from seatrial.model.units import format_share
from seatrial.reading import Ratio
from seatrial.record import RunRecord, SliSeries
from seatrial.verdict.counts import Second

if TYPE_CHECKING:
    from seatrial.slo.slo import Slo


class BudgetPart(Record):
    """The spend of a run as data; shares of the whole budget."""

    sli: str
    slo: str
    source: str
    planned: float | None
    """At the worst."""
    spent: float | None
    """None: unknown."""
    spent_low: float | None
    spent_high: float | None
    """The interval, 5 % a side."""
    remaining_before: float | None
    remaining_after: float | None


class BudgetView(msgspec.Struct, frozen=True, dict=True):
    """The budget of a run that has one."""

    record: RunRecord
    planned: PlannedBudget
    series: SliSeries
    slo: "Slo"

    @cached_property
    def spent(self) -> Spent | None:
        """Shares of the budget, from the first injection to the end of the run; None: nothing can be said."""
        window, allowed = self.record.fault_window, self.planned.standing.allowed
        if window is None or not allowed:
            return None
        points = [point for point in self.series.points if point.t_s > window[0]]
        if self.slo.slices is not None:
            began_s = datetime.datetime.fromisoformat(self.record.started.began_at).timestamp()
            return slices_spent(self.slo, [(began_s + one.t_s, _second(one.reading)) for one in points]).over(
                allowed
            )
        baseline = [_second(one) for one in self.record.readings(self.series, Phase.BASELINE)]
        found = spent(baseline, [_second(one.reading) for one in points])
        return None if found is None else found.over(allowed)

    @property
    def part(self) -> BudgetPart:
        """All of it as data."""
        took, before = self.spent, self.planned.standing.remaining
        return BudgetPart(
            sli=self.planned.sli,
            slo=self.slo.name,
            source=str(self.slo.source),
            planned=self.planned.planned,
            spent=took.most_likely if took else None,
            spent_low=took.low if took else None,
            spent_high=took.high if took else None,
            remaining_before=before,
            remaining_after=before - took.most_likely if took and before is not None else None,
        )

    def lines(self) -> Iterator[str]:
        """Sentences: promise, spend, plan, approval."""
        yield f"Promised in {self.slo.source}: {self.slo}"
        part = self.part
        if part.spent is None or part.spent_low is None or part.spent_high is None:
            yield "What this run spent of the error budget is unknown: too little was counted."
        else:
            low, high = format_share(max(0.0, part.spent_low)), format_share(max(0.0, part.spent_high))
            most_likely = format_share(max(0.0, part.spent))
            planned = f"; planned at most {format_share(part.planned)}" if part.planned is not None else ""
            yield f"This run spent {most_likely} of the error budget ({low} to {high}){planned}."
        if part.remaining_before is not None and part.remaining_after is not None:
            before, after = format_share(part.remaining_before), format_share(part.remaining_after)
            yield f"Left before it {before}, after it {after}."
        yield from (f"Its worst would page: {page.pair}." for page in self.planned.pages)
        approval = self.planned.approval
        if approval is not None:
            yield f"Approved by {approval.by} until {approval.until}: {approval.reason}"
            yield from (f"The budget forbade it: {reason}" for reason in self.planned.blocks)


def _second(reading: object) -> Second:
    """Events that may have been good or bad count as bad: they are the service's doubt, not the budget's."""
    return (reading.total - reading.good, reading.total) if isinstance(reading, Ratio) else None


def budget_view(record: RunRecord) -> BudgetView | None:
    """None for a run without a budget."""
    planned = record.plan.budget
    if planned is None:
        return None
    series = next(one for one in record.slis if one.spec.name == planned.sli)
    promise = series.spec.promised
    assert promise is not None
    return BudgetView(record, planned, series, promise)
