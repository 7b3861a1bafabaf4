"""Calendar windows, against walking from one to the next."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.budget.window import Span, span_at
from seatrial.slo.slo import Calendar, CalendarUnit

MOMENTS = st.floats(1_700_000_000, 1_900_000_000)


def at(year: int, month: int, day: int, hour: int = 0, zone: str = "UTC") -> float:
    return datetime.datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).timestamp()


@given(now_s=MOMENTS, unit=st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_windows_hold_their_moment_and_follow_each_other(now_s: float, unit: CalendarUnit) -> None:
    window = Calendar(unit=unit, zone="Europe/Berlin")
    span = span_at(window, now_s)
    assert span.begin_s <= now_s < span.end_s
    assert span_at(window, span.end_s).begin_s == span.end_s
    assert span_at(window, span.begin_s) == span


@given(now_s=MOMENTS, count=st.integers(1, 5), unit=st.sampled_from(["day", "week", "month", "year"]))
def test_windows_from_a_beginning_are_walked_to(now_s: float, count: int, unit: CalendarUnit) -> None:
    window = Calendar(unit=unit, count=count, begins="2020-02-05T06:00:00")
    begin_s = at(2020, 2, 5, 6)
    while True:
        span = span_at(window, begin_s)
        assert span.begin_s == begin_s
        if now_s < span.end_s:
            break
        begin_s = span.end_s
    assert span_at(window, now_s) == span


@pytest.mark.parametrize(
    ("window", "now", "begin", "end"),
    [
        (Calendar(unit="month"), at(2026, 2, 28, 23), at(2026, 2, 1), at(2026, 3, 1)),
        (Calendar(unit="quarter"), at(2026, 6, 30), at(2026, 4, 1), at(2026, 7, 1)),
        (Calendar(unit="week"), at(2026, 11, 22), at(2026, 11, 16), at(2026, 11, 23)),
        (
            Calendar(unit="day", zone="Europe/Berlin"),  # the clock is put forward: 23 hours
            at(2026, 3, 29, 12, zone="Europe/Berlin"),
            at(2026, 3, 29, zone="Europe/Berlin"),
            at(2026, 3, 30, zone="Europe/Berlin"),
        ),
        (Calendar(unit="month", begins="2026-01-31"), at(2026, 2, 28), at(2026, 2, 28), at(2026, 3, 31)),
    ],
)
def test_edges(window: Calendar, now: float, begin: float, end: float) -> None:
    assert span_at(window, now) == Span(begin, end)


def test_a_window_that_begins_later_has_not_elapsed() -> None:
    span = span_at(Calendar(unit="month", begins="2027-01-01"), at(2026, 6, 1))
    assert span == Span(at(2027, 1, 1), at(2027, 2, 1))
    assert span.elapsed_s(at(2026, 6, 1)) == 0
