"""The window of an SLO at a moment: rolling ones end now, calendar ones at the next edge."""

import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from seatrial.slo.slo import Calendar, Rolling

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


class Span(NamedTuple):
    """From and until, seconds since 1970."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s

    def elapsed_s(self, now_s: float) -> float:
        """How much of it is over; not negative, though a clock may be."""
        return min(max(0.0, now_s - self.begin_s), self.length_s)


def span_at(window: Rolling | Calendar, now_s: float) -> Span:
    """The window under way at a moment; where the first of a calendar begins later, that one."""
    if isinstance(window, Rolling):
        return Span(now_s - window.length, now_s)
    zone = ZoneInfo(window.zone)
    now = datetime.datetime.fromtimestamp(now_s, zone)
    first = _first(window, now)
    count = _windows_between(first, now, window)
    begin, end = (_plus(first, count + more, window) for more in (0, 1))
    return Span(begin.timestamp(), end.timestamp())


def _first(window: Calendar, now: datetime.datetime) -> datetime.datetime:
    """The beginning of some window, from which all others follow."""
    if window.begins:
        begins = datetime.datetime.fromisoformat(window.begins)
        return begins if begins.tzinfo is not None else begins.replace(tzinfo=now.tzinfo)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if window.unit == "day":
        return midnight
    if window.unit == "week":
        return midnight - datetime.timedelta(days=now.weekday())
    month = {"month": now.month, "quarter": now.month - (now.month - 1) % 3, "year": 1}[window.unit]
    return midnight.replace(month=month, day=1)


def _windows_between(first: datetime.datetime, now: datetime.datetime, window: Calendar) -> int:
    """How many whole windows lie between; never negative."""
    if window.unit in _DAYS:
        guess = (now.date() - first.date()).days // (_DAYS[window.unit] * window.count)
    else:
        months = (now.year - first.year) * 12 + now.month - first.month
        guess = months // (_MONTHS[window.unit] * window.count)
    while _plus(first, guess, window) > now:
        guess -= 1
    return max(0, guess)


def _plus(first: datetime.datetime, count: int, window: Calendar) -> datetime.datetime:
    """By the calendar: a day stays a day when the clock is put forward, the 31st becomes a month's last."""
    if window.unit in _DAYS:
        return first + datetime.timedelta(days=_DAYS[window.unit] * window.count * count)
    months = first.month - 1 + _MONTHS[window.unit] * window.count * count
    year, month = first.year + months // 12, months % 12 + 1
    return first.replace(year=year, month=month, day=min(first.day, _days_of(year, month)))


def _days_of(year: int, month: int) -> int:
    import calendar

    return calendar.monthrange(year, month)[1]
