"""The guard of the budget, and the spend that a report tells."""

from seatrial.budget.planned import PlannedBudget
from seatrial.budget.standing import Standing
from seatrial.reading import Ratio, Reading, Unknown
from seatrial.run.spend_guard import SpendGuard

USUAL: list[Reading] = [Ratio(good=100, total=100)] * 30


def budget(spend_max: float | None, slice_s: float = 0.0) -> PlannedBudget:
    return PlannedBudget(
        sli="steady",
        keep=0.1,
        cap=None,
        spend_max=spend_max,
        slice_s=slice_s,
        slice_at_least=0.9,
        standing=Standing(remaining=0.9, remaining_at_best=0.9, allowed=1000.0),
    )


def seconds_until_breach(guard: SpendGuard, bad: int) -> int | None:
    for second in range(120):
        if guard.look("steady", Ratio(good=100 - bad, total=100), float(second)):
            return second + 1
    return None


def test_it_stops_when_more_is_surely_spent() -> None:
    assert seconds_until_breach(SpendGuard(budget(0.02), USUAL), 10) == 3
    assert seconds_until_breach(SpendGuard(budget(0.5), USUAL), 10) == 51
    assert seconds_until_breach(SpendGuard(budget(None), USUAL), 100) is None


def test_what_is_usual_is_not_spent_by_the_run() -> None:
    usual: list[Reading] = [Ratio(good=98, total=100)] * 30
    assert seconds_until_breach(SpendGuard(budget(0.02), usual), 2) is None
    assert seconds_until_breach(SpendGuard(budget(0.02), usual), 20) == 2


def test_it_says_what_it_saw() -> None:
    guard = SpendGuard(budget(0.02), USUAL)
    assert guard.look("other", Ratio(good=0, total=100), 1.0) is None
    assert guard.look("steady", Unknown(reason="nobody is there"), 2.0) is None
    assert guard.look("steady", Ratio(good=50, unsure=50, total=100), 3.0) is None
    breach = guard.look("steady", Ratio(good=0, total=100), 4.0)
    assert breach is not None
    assert breach.guard == "budget_spent <= 2 %"
    assert "of the error budget is spent" in breach.reason
    assert not breach.of_environment


def test_slices_are_spent_whole() -> None:
    few = budget(0.02, slice_s=10.0).model_copy(
        update={"standing": Standing(remaining=0.9, remaining_at_best=0.9, allowed=40.0)}
    )
    assert seconds_until_breach(SpendGuard(few, USUAL), 5) is None
    assert seconds_until_breach(SpendGuard(few, USUAL), 20) == 1
