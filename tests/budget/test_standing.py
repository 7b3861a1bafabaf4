"""What is left of a budget, against a count of every single event."""

import datetime
import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.budget.standing import Seen, exhausted_in_s, standing
from seatrial.budget.window import Span, span_at
from seatrial.slo.slo import Calendar, Slo
from tests.budget.promises import DAY_S, promise, rolling

NOW_S = 1_800_000_000.0
EVENTS = st.lists(st.tuples(st.floats(0, 0.999), st.booleans()), min_size=1, max_size=300)
"""When within the window, and whether bad."""
OBJECTIVES = st.sampled_from([0.5, 0.9, 0.99, 0.999])


def seen(events: list[tuple[float, bool]], covered_s: float) -> Seen:
    return Seen(bad=sum(bad for _, bad in events), total=len(events), covered_s=covered_s)


@given(events=EVENTS, objective=OBJECTIVES)
def test_events_of_a_whole_rolling_window(events: list[tuple[float, bool]], objective: float) -> None:
    slo = promise(objective, rolling(1000))
    found = standing(slo, seen(events, 1000), span_at(slo.window, NOW_S), NOW_S)
    allowance = math.fsum(1 - objective for _ in events)  # each event allows its share of a bad one
    left = allowance - sum(bad for _, bad in events)
    assert found.remaining == pytest.approx(left / allowance)
    assert found.covered == 1.0
    assert found.remaining_at_best is not None
    assert found.remaining_at_best >= (found.remaining or 0) - 1e-9


@given(events=EVENTS, objective=OBJECTIVES, at_least=st.sampled_from([0.5, 0.9, 1.0]))
def test_slices_of_a_whole_rolling_window(
    events: list[tuple[float, bool]], objective: float, at_least: float
) -> None:
    length_s, count = 10.0, 100
    slo = promise(objective, rolling(length_s * count), (length_s, at_least))
    slices: defaultdict[int, list[bool]] = defaultdict(list)
    for when, bad in events:
        slices[math.floor(when * count)].append(bad)
    bad_slices = sum(1 - sum(one) / len(one) < at_least for one in slices.values())
    found = standing(
        slo, Seen(bad=bad_slices, total=len(slices), covered_s=1000), span_at(slo.window, NOW_S), NOW_S
    )
    allowed_bad_slices = 0.0
    for _ in range(count):
        allowed_bad_slices += 1 - objective
    assert found.remaining == pytest.approx(1 - bad_slices / allowed_bad_slices)


@given(
    events=EVENTS,
    objective=OBJECTIVES,
    now=st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 12, 31)),  # noqa: DTZ001
)
def test_events_of_a_calendar_month_are_forecast(
    events: list[tuple[float, bool]], objective: float, now: datetime.datetime
) -> None:
    slo = promise(objective, Calendar(unit="month"))
    now_s = now.replace(tzinfo=datetime.UTC).timestamp() + 60
    span = span_at(slo.window, now_s)
    elapsed_s = span.elapsed_s(now_s)
    found = standing(slo, seen(events, elapsed_s), span, now_s)
    rate = len(events) / elapsed_s
    expected = len(events) + rate * (span.end_s - now_s)  # those that were, and those that will be
    bad = sum(bad for _, bad in events)
    assert found.allowed == pytest.approx((1 - objective) * expected)
    assert found.remaining == pytest.approx(1 - bad / ((1 - objective) * expected), abs=1e-6)


def test_on_the_first_day_of_a_month_one_error_is_not_the_end() -> None:
    slo = promise(0.999, Calendar(unit="month"))
    begins_s = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC).timestamp()
    now_s = begins_s + 3600
    found = standing(slo, Seen(bad=1, total=360, covered_s=3600), span_at(slo.window, now_s), now_s)
    assert found.remaining == pytest.approx(1 - 1 / (0.001 * 360 * 720))


def test_a_new_service_is_forecast_and_says_so() -> None:
    slo = promise()
    found = standing(slo, Seen(bad=10, total=100_000, covered_s=7 * DAY_S), span_at(slo.window, NOW_S), NOW_S)
    assert found.covered == pytest.approx(0.25)
    assert found.note == "history covers 25% of the window so far"
    assert found.remaining == pytest.approx(1 - 10 / 400)


@pytest.mark.parametrize(
    ("slo", "counted", "reason"),
    [
        (promise(), Seen(bad=0, total=0, covered_s=DAY_S), "nothing was counted"),
        (promise(), Seen(bad=0, total=0, covered_s=0), "nothing was counted"),
        (promise(1.0), Seen(bad=0, total=5, covered_s=DAY_S), "100 % has no budget"),
        (
            promise(window=Calendar(unit="month", begins="2030-01-01T00:00:00")),
            Seen(bad=1, total=5, covered_s=DAY_S),
            "has not begun",
        ),
    ],
)
def test_where_nothing_can_be_said(slo: Slo, counted: Seen, reason: str) -> None:
    found = standing(slo, counted, span_at(slo.window, NOW_S), NOW_S)
    assert found.remaining is None
    assert not found.is_known
    assert reason in found.unknown


def test_a_clock_set_back_covers_no_more_than_there_is() -> None:
    slo = promise(window=Calendar(unit="day"))
    begins_s = span_at(slo.window, NOW_S).begin_s
    found = standing(
        slo, Seen(bad=0, total=9, covered_s=500), span_at(slo.window, begins_s + 60), begins_s + 60
    )
    assert found.covered == 1.0
    assert found.remaining == 1.0


def test_more_was_spent_than_there_was() -> None:
    slo = promise(0.99, rolling(100))
    found = standing(slo, Seen(bad=30, total=1000, covered_s=100), span_at(slo.window, NOW_S), NOW_S)
    assert found.remaining == pytest.approx(-2.0)
    assert found.remaining_at_best == pytest.approx(-1.16, abs=0.05)


def test_a_projection() -> None:
    slo, counted = promise(0.99, rolling(1000)), Seen(bad=8, total=1000, covered_s=1000)
    span = span_at(slo.window, NOW_S)
    found = standing(slo, counted, span, NOW_S)
    assert exhausted_in_s(found, counted, NOW_S, span) == pytest.approx(250)
    calm = Seen(bad=1, total=1000, covered_s=1000)
    assert exhausted_in_s(standing(slo, calm, span, NOW_S), calm, NOW_S, span) is None
    assert exhausted_in_s(found, Seen(bad=0, total=1, covered_s=1), NOW_S, Span(0, 1)) is None
