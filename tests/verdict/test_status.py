from hypothesis import given
from hypothesis import strategies as st

from seatrial.verdict.status import Status, merge

statuses = st.lists(st.sampled_from(Status))


def test_nothing_is_unknown() -> None:
    assert merge([]) is Status.UNKNOWN


def test_the_worst_counts() -> None:
    assert merge([Status.HELD, Status.HELD]) is Status.HELD
    assert merge([Status.HELD, Status.UNKNOWN, Status.HELD]) is Status.UNKNOWN
    assert merge([Status.UNKNOWN, Status.DEVIATED, Status.HELD]) is Status.DEVIATED


@given(statuses, statuses)
def test_order_does_not_matter(one: list[Status], other: list[Status]) -> None:
    assert merge(one + other) is merge(other + one)


@given(statuses.filter(bool), statuses.filter(bool), statuses.filter(bool))
def test_merging_in_parts_is_merging_at_once(a: list[Status], b: list[Status], c: list[Status]) -> None:
    assert merge([merge(a), merge(b + c)]) is merge([merge(a + b), merge(c)]) is merge(a + b + c)


@given(statuses.filter(bool))
def test_merging_twice_changes_nothing(some: list[Status]) -> None:
    assert merge([merge(some), merge(some)]) is merge(some)
    assert merge([*some, Status.HELD]) is merge(some)
