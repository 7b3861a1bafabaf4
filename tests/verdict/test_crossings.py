"""Requests that hang count when they cross the threshold: never sooner than they do, and never twice."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.histogram import encode, of_counts
from seatrial.reading import Latency, Ratio, Reading, Unknown
from seatrial.verdict.crossings import Crossings, Usual
from seatrial.verdict.waiting import by_crossing, ratio_seconds, unanswered, usual_of


@dataclass(frozen=True)
class Seen:
    """One second of a simulated load, and the truth about it."""

    durations_ms: list[float]
    """Of those that ended in it."""
    waiting: int
    arrivals: int
    crossed: int
    """How many had crossed the threshold by its end."""

    def reading(self) -> Latency:
        counts: dict[int, int] = {}
        for duration_ms in self.durations_ms:
            counts[round(duration_ms * 1000)] = counts.get(round(duration_ms * 1000), 0) + 1
        return Latency(
            histogram=encode(of_counts(counts)), quantile=0.95, waiting=self.waiting, arrivals=self.arrivals
        )


def watch(arrivals: list[tuple[float, float]], threshold_ms: float, seconds: int) -> list[Seen]:
    """What each second saw of requests that were due at a time and took so long, both in seconds."""
    seen = []
    for second in range(seconds):
        end_s = second + 1.0
        seen.append(
            Seen(
                durations_ms=[took * 1000 for due, took in arrivals if second <= due + took < end_s],
                waiting=sum(due < end_s <= due + took for due, took in arrivals),
                arrivals=sum(second <= due < end_s for due, _ in arrivals),
                crossed=sum(
                    took * 1000 > threshold_ms and due + threshold_ms / 1000 < end_s for due, took in arrivals
                ),
            )
        )
    return seen


def feed(crossings: Crossings, seen: list[Seen], threshold_ms: float) -> list[tuple[int, int]]:
    return [
        crossings.update(
            sum(one > threshold_ms for one in each.durations_ms),
            len(each.durations_ms),
            each.waiting,
            each.arrivals,
        )
        for each in seen
    ]


def steady(
    per_s: int, seconds: int, took_s: float, hanging_share: float, answered_at_s: float = 1e9
) -> Iterator[tuple[float, float]]:
    """Requests at a constant rate, of which some hang until everybody is answered."""
    dice = random.Random(1)
    for number in range(per_s * seconds):
        due_s = number / per_s
        hangs = dice.random() < hanging_share and due_s < answered_at_s
        yield due_s, max(answered_at_s - due_s, took_s) if hangs else took_s


def test_a_third_that_hangs_counts_from_the_first_seconds_on() -> None:
    seen = watch(list(steady(100, 8, 0.005, 1 / 3)), 150, 8)
    crossings = Crossings(150)
    counted = feed(crossings, seen, 150)
    # About 32 a second hang; at most the 15 + 3 sqrt(15) youngest are missed.
    assert all(0 <= missed <= 27 for missed in missed_of(seen, counted))
    assert counted[1][0] > 0
    assert all(0.2 < bad / total < 0.45 for bad, total in counted[2:])
    assert crossings.unfinished == sum(bad for bad, _ in counted)


def missed_of(seen: list[Seen], counted: list[tuple[int, int]]) -> list[int]:
    """How many that had crossed were not counted yet, second by second."""
    so_far = accumulate(bad for bad, _ in counted)
    return [one.crossed - sum_ for one, sum_ in zip(seen, so_far, strict=True)]


def test_answers_that_come_at_last_do_not_count_again() -> None:
    seen = watch(list(steady(100, 8, 0.005, 1 / 3, answered_at_s=5.5)), 150, 8)
    crossings = Crossings(150)
    counted = feed(crossings, seen, 150)
    assert sum(bad for bad, _ in counted) == seen[-1].crossed
    assert sum(total for _, total in counted) == sum(len(one.durations_ms) for one in seen)
    assert crossings.unfinished == 0
    assert missed_of(seen, counted)[-1] == 0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 9.9, allow_subnormal=False), st.sampled_from([0.01, 0.2, 0.4, 0.6, 1.0, 3.0, 100.0])
        ),
        max_size=30,
    ),
    st.sampled_from([250.0, 700.0, 2000.0]),
)
def test_all_at_once_or_spread_no_more_count_than_are_decided(
    arrivals: list[tuple[float, float]], threshold_ms: float
) -> None:
    seen = watch(arrivals, threshold_ms, 10)
    crossings = Crossings(threshold_ms)
    for (bad, total), one in zip(feed(crossings, seen, threshold_ms), seen, strict=True):
        assert 0 <= bad <= total <= len(one.durations_ms) + one.waiting
    assert crossings.unfinished >= 0


@pytest.mark.parametrize("took_s", [0.005, 0.14, 0.149])
def test_slow_but_in_time_is_never_overdue(took_s: float) -> None:
    """Random arrivals, every one just in time: whatever is in flight is young."""
    dice = random.Random(7)
    arrivals = [(dice.uniform(0, 60), took_s) for _ in range(200 * 60)]
    counted = feed(Crossings(150), watch(arrivals, 150, 60), 150)
    assert sum(bad for bad, _ in counted) == 0


def test_a_task_that_rests_is_not_overdue() -> None:
    """What was in flight in the baseline, a task of three requests with a rest, is no wait for an answer."""
    baseline = [latency(waiting=waiting, arrivals=50, ended=150) for waiting in (95, 102, 98)]
    usual = usual_of(baseline)
    assert usual == Usual(waiting=98, per_arrival=3.0, arrivals=50)
    crossings = Crossings(150, usual)
    assert crossings.update(0, 150, 104, 50) == (0, 150)
    assert crossings.update(0, 100, 300, 50)[0] > 100
    ramped_up = Crossings(150, usual)
    assert ramped_up.update(0, 600, 400, 200) == (0, 600)  # four times as many rest


def latency(*, waiting: int, arrivals: int, ended: int) -> Latency:
    histogram = encode(of_counts({5000: ended} if ended else {}))
    return Latency(histogram=histogram, quantile=0.95, waiting=waiting, arrivals=arrivals)


def test_nothing_is_usual_of_a_baseline_that_was_not_seen() -> None:
    assert usual_of([Unknown(reason="dark")]) == Usual(waiting=0, per_arrival=1)
    assert usual_of([latency(waiting=3, arrivals=0, ended=10)]).per_arrival == 1


def test_durations_stand_where_they_crossed() -> None:
    seen = watch(list(steady(100, 8, 0.005, 1 / 3, answered_at_s=5.5)), 150, 8)
    readings: list[Reading] = [one.reading() for one in seen]
    each, unfinished = by_crossing(readings, 150, Usual())
    counted = feed(Crossings(150), seen, 150)
    assert [(one.above(150), one.total) for one in each if one is not None] == counted
    assert unfinished == 0
    ended = sorted(duration for one in seen for duration in one.durations_ms)
    longest = [one.longest_ms for one in each if one is not None]
    assert max(longest) == pytest.approx(ended[-1], rel=2e-3)
    assert longest[2:5] == sorted(longest[2:5], reverse=True)


def test_what_has_not_ended_counts_as_just_above() -> None:
    seen = watch(list(steady(100, 6, 0.005, 1 / 3)), 150, 6)
    each, unfinished = by_crossing([one.reading() for one in seen], 150, Usual())
    assert unfinished > 150
    assert sum(one.above(150) for one in each if one is not None) == unfinished
    assert max(one.longest_ms for one in each if one is not None) == pytest.approx(150, rel=2e-3)


def test_seconds_in_which_nothing_was_decided_are_unseen() -> None:
    readings: list[Reading] = [Unknown(reason="dark"), latency(waiting=5, arrivals=100, ended=0)]
    assert by_crossing(readings, 150, Usual()) == ([None, None], 0)
    assert ratio_seconds([Unknown(reason="dark"), Ratio(good=0, total=0, waiting=9)]) == [None, None]


def test_the_unanswered_at_the_end() -> None:
    window = [Ratio(good=100, total=100, waiting=waiting) for waiting in (0, 40, 80, 120, 2)]
    assert unanswered(window, Usual()) == 120  # the last second may have seen the undo
    assert unanswered(window, Usual(waiting=100)) == 0
    assert unanswered(window[:1], Usual()) == 0
    assert unanswered([], Usual()) == 0
