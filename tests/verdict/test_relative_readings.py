import pytest

from seatrial.verdict.relative_readings import judge_relative_readings
from seatrial.verdict.status import Status

BASELINE: list[float | None] = [9, 10, 11, 10, 10, 500, None]


def test_values_are_held_against_the_median() -> None:
    decision = judge_relative_readings(BASELINE, [15, 20, 20, 19, 18, 21, 17], 2)
    assert (decision.status, decision.value, decision.unit) == (Status.HELD, 1.9, "x baseline")
    assert decision.rule == "3 of 5 readings against the baseline's median"
    assert decision.reason.startswith("2x the baseline's median of 10 is 20. 6 of 7 known readings met")


def test_three_of_five_above_it_deviate() -> None:
    assert judge_relative_readings(BASELINE, [15, 21, 21, 15, 21], 2).status is Status.DEVIATED


def test_a_throughput_is_bounded_from_below() -> None:
    assert judge_relative_readings(BASELINE, [8] * 5, 0.8, worse="lower").status is Status.HELD
    assert judge_relative_readings(BASELINE, [7.9] * 5, 0.8, worse="lower").status is Status.DEVIATED


def test_a_baseline_hardly_seen_is_none() -> None:
    decision = judge_relative_readings([10, 10, 10, 10, None], [10] * 9, 2)
    assert decision.status is Status.UNKNOWN
    assert decision.reason == "Only 4 readings of the baseline are known; at least 5 are needed."


def test_unknown_readings_do_not_hold() -> None:
    decision = judge_relative_readings(BASELINE, [None] * 9, 2)
    assert (decision.status, decision.value) == (Status.UNKNOWN, None)


def test_a_multiple_of_nothing_is_no_bound() -> None:
    assert judge_relative_readings([0] * 9, [0] * 9, 2).status is Status.HELD
    grown = judge_relative_readings([0] * 9, [1] * 9, 2)
    assert grown.status is Status.UNKNOWN
    assert grown.reason == "The baseline's median is 0, and a multiple of that is no bound."
    assert judge_relative_readings([-5] * 9, [-5] * 9, 2).status is Status.UNKNOWN


def test_a_factor_is_above_nothing() -> None:
    with pytest.raises(ValueError, match=r"^-1 times the baseline is not an objective$"):
        judge_relative_readings(BASELINE, [1], -1)
