import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from seatrial.verdict.relative_ratio import judge_relative_ratio, ratio_interval
from seatrial.verdict.status import Status
from tests.verdict.samples import seconds

windows = st.lists(st.integers(0, 50), min_size=1, max_size=40)


@pytest.mark.parametrize(("change", "status"), [(1, Status.HELD), (2, Status.UNKNOWN), (5, Status.DEVIATED)])
def test_twice_the_baseline(change: int, status: Status) -> None:
    rng = default_rng(9)
    before, during = rng.binomial(50, 0.05, 60).tolist(), rng.binomial(50, 0.05 * change, 60).tolist()
    decision = judge_relative_ratio(seconds(before), seconds(during), 2)
    assert decision.status is status
    assert decision.low is not None
    assert decision.high is not None
    assert decision.low < change < decision.high
    assert decision.value == pytest.approx(sum(during) / sum(before))
    assert (decision.unit, decision.samples) == ("x baseline", 3000)


def test_a_good_share_is_bounded_from_below() -> None:
    healthy, worse = seconds([1, 0] * 30), seconds([10, 10] * 30)
    assert judge_relative_ratio(healthy, healthy, 0.95, share="good").status is Status.HELD
    assert judge_relative_ratio(healthy, worse, 0.95, share="good").status is Status.DEVIATED
    assert judge_relative_ratio(healthy, worse, 0.8, share="good").status is Status.UNKNOWN


def test_without_an_error_there_is_nothing_to_compare() -> None:
    decision = judge_relative_ratio(seconds([0] * 60), seconds([0] * 60), 2)
    assert (decision.status, decision.value, decision.low, decision.high) == (Status.UNKNOWN, None, 0, None)
    assert decision.reason.endswith(
        "without a bad event there is nothing to compare; an absolute objective can be shown."
    )


def test_without_an_error_in_the_baseline_it_can_be_refuted_but_not_shown() -> None:
    spread = [3, 2, 4, 3, 2, 4] * 10
    assert judge_relative_ratio(seconds([0] * 60), seconds(spread), 2).status is Status.DEVIATED
    few = judge_relative_ratio(seconds([0] * 60), seconds([1] + [0] * 59), 2)
    assert (few.status, few.value, few.high) == (Status.UNKNOWN, None, None)
    assert few.reason.endswith("x or more the baseline's: so at most 2x is neither shown nor refuted.")


def test_nothing_seen_is_unknown() -> None:
    assert judge_relative_ratio([], seconds([1]), 2).reason == "No events were seen in the baseline."
    assert judge_relative_ratio(seconds([1]), [None], 2).reason == "No events were seen in the fault window."


def test_a_window_that_was_mostly_not_seen_did_not_hold() -> None:
    spread = seconds([3, 2, 4, 3, 2, 4] * 10)
    assert judge_relative_ratio(spread, [*spread, *[None] * 30], 2).status is Status.HELD
    assert judge_relative_ratio(spread, [*spread, *[None] * 31], 2).status is Status.UNKNOWN


def test_bursts_on_one_side_are_expected_on_the_other() -> None:
    """A burst in the one window and none in the other is chance, where errors come in bursts."""
    burst = [0] * 30 + [12, 14, 13, 11, 12] + [0] * 25
    assert judge_relative_ratio(seconds([0] * 60), seconds(burst), 2).status is Status.UNKNOWN


def test_a_factor_is_above_nothing() -> None:
    with pytest.raises(ValueError, match=r"^0 times the baseline is not an objective$"):
        judge_relative_ratio(seconds([1]), seconds([1]), 0)


def test_the_interval_is_that_of_the_formula() -> None:
    """Donner and Zou (2012), eq. 9, computed as printed."""
    above, below = (0.1, 0.08, 0.13), (0.05, 0.03, 0.08)
    product = 0.1 * 0.05
    low = (product - (product**2 - 0.08 * (0.2 - 0.08) * 0.08 * (0.1 - 0.08)) ** 0.5) / (0.08 * (0.1 - 0.08))
    high = (product + (product**2 - 0.13 * (0.2 - 0.13) * 0.03 * (0.1 - 0.03)) ** 0.5) / (0.03 * (0.1 - 0.03))
    assert ratio_interval(above, below) == pytest.approx((low, high))


@given(windows, windows, st.floats(0.2, 5))
def test_the_status_is_where_the_interval_lies(before: list[int], during: list[int], factor: float) -> None:
    decision = judge_relative_ratio(seconds(before), seconds(during), factor)
    assert decision.low is not None
    assert decision.low >= 0
    if decision.value is not None:
        assert decision.low <= decision.value * (1 + 1e-9)
        assert decision.high is None or decision.value <= decision.high * (1 + 1e-9)
    assert (decision.status is Status.DEVIATED) == (decision.low > factor)
    assert (decision.status is Status.HELD) == (decision.high is not None and decision.high <= factor)


@pytest.mark.parametrize("share", [0.003, 0.05])
def test_at_its_limit_a_system_is_rarely_judged(share: float) -> None:
    rng = default_rng(10)
    runs = 300
    before = rng.binomial(50, share, (runs, 60)).tolist()
    during = rng.binomial(50, 2 * share, (runs, 60)).tolist()
    found = [
        judge_relative_ratio(seconds(b), seconds(f), 2).status for b, f in zip(before, during, strict=True)
    ]
    assert found.count(Status.HELD) <= 0.08 * runs
    assert found.count(Status.DEVIATED) <= 0.08 * runs
