import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.verdict.status import Status
from seatrial.verdict.window import judge_readings

readings = st.lists(st.sampled_from([True, False, None]), max_size=30)
T, F = True, False


@pytest.mark.parametrize(
    ("met", "status"),
    [
        ([T, T, T, T, T], Status.HELD),
        ([F, T, F, T, T, F, T, F], Status.HELD),
        ([T, F, F, T, F, T], Status.DEVIATED),
        ([F, F, T, T, T, F, F, T], Status.HELD),
        ([F, F, F], Status.DEVIATED),
        ([T, T, T, T], Status.UNKNOWN),
        ([], Status.UNKNOWN),
        ([None] * 20, Status.UNKNOWN),
        ([T] * 6 + [None] * 3, Status.HELD),
        ([T] * 6 + [None] * 4, Status.UNKNOWN),
        ([F, None, F, None, F] + [None] * 20, Status.DEVIATED),
        ([F, F, None, None, None, F, T, T, T, T, T, T, T], Status.HELD),
    ],
)
def test_three_of_five(met: list[bool | None], status: Status) -> None:
    assert judge_readings(met).status is status


def test_the_decision_tells_its_rule_and_passes_the_value_on() -> None:
    decision = judge_readings([True] * 9 + [False], 2, 4, value=17.0)
    assert (decision.rule, decision.value, decision.samples) == ("2 of 4 readings", 17.0, 10)
    assert (
        decision.reason == "9 of 10 known readings met the objective, and never did 2 of 4 in a row miss it."
    )


def test_reasons_have_numbers() -> None:
    assert judge_readings([False] * 4).reason == (
        "4 of 5 consecutive readings missed the objective; 3 are too many."
    )
    assert judge_readings([True, None]).reason == (
        "Only 1 of 2 readings are known; at least 5 and two thirds are needed."
    )


@pytest.mark.parametrize(("breaches", "window"), [(0, 5), (6, 5), (-1, 0)])
def test_a_rule_that_is_none_is_refused(breaches: int, window: int) -> None:
    with pytest.raises(ValueError, match="readings is not a rule"):
        judge_readings([True], breaches, window)


@given(readings, st.integers(1, 4), st.integers(0, 4))
def test_it_deviates_just_where_some_window_does(met: list[bool | None], breaches: int, more: int) -> None:
    window = breaches + more
    pairs = [(i, j) for i in range(len(met)) for j in range(i, len(met)) if j - i < window]
    deviates = any(sum(one is False for one in met[i : j + 1]) >= breaches for i, j in pairs)
    assert (judge_readings(met, breaches, window).status is Status.DEVIATED) == deviates


@given(readings, st.integers(0, 29))
def test_one_more_miss_never_helps(met: list[bool | None], at: int) -> None:
    worse = [False if number == at else one for number, one in enumerate(met)]
    if judge_readings(met).status is Status.DEVIATED:
        assert judge_readings(worse).status is Status.DEVIATED


@given(readings)
def test_blindness_never_helps_to_hold(met: list[bool | None]) -> None:
    if judge_readings(met).status is Status.UNKNOWN:
        assert judge_readings([*met, None]).status is Status.UNKNOWN
