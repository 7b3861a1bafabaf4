"""Increments are what was really counted: resets, newborns, gaps, restarts, histograms."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.series.increments import EVERYTHING, Bucket, Counters, Growth, Key, Scrape, by_bucket

A: Key = ("x", (("code", "200"),))
B: Key = ("x", (("code", "500"),))
KEYS = {"a": A, "b": B}
INF = math.inf


class Looks:
    """Counters of one target, scraped every 5 s."""

    def __init__(self, watched_since_s: float = math.inf) -> None:
        self.counters = Counters(watched_since_s)
        self.t_s = 100.0

    def __call__(self, started_s: float | None = None, **values: float) -> dict[str, float] | None:
        """What grew, by name; None where nothing can be compared with."""
        growth = self.growth(started_s, **values)
        names = {key: name for name, key in KEYS.items()}
        return None if growth is None else {names[k]: c[EVERYTHING] for k, c in growth.counts.items()}

    def growth(self, started_s: float | None = None, **values: float) -> Growth | None:
        self.t_s += 5
        counts = {KEYS[name]: {EVERYTHING: value} for name, value in values.items()}
        return self.counters.advance(Scrape(self.t_s, counts, started_s))


def test_the_first_look_shows_nothing() -> None:
    look = Looks()
    assert look(a=1000) is None
    assert look(a=1007) == {"a": 7}
    assert look(a=1007) == {"a": 0}


def test_a_reset_counts_all_that_is_shown_and_tells_how_much_may_be_lost() -> None:
    look = Looks()
    look(a=1000, b=3)
    growth = look.growth(a=20, b=5)
    assert growth is not None
    assert growth.counts == {A: {EVERYTHING: 20}, B: {EVERYTHING: 2}}
    assert (growth.begin_s, growth.end_s, growth.lost_s) == (105, 110, 5)


def test_a_restart_that_the_counters_do_not_show() -> None:
    look = Looks()
    look(started_s=50, a=10)
    growth = look.growth(started_s=107, a=25)
    assert growth is not None
    assert growth.counts == {A: {EVERYTHING: 25}}
    assert growth.lost_s == 2  # scraped at 105, born again at 107


@pytest.mark.parametrize("tells_start", [True, False])
def test_a_series_of_the_process_before_is_forgotten_with_it(tells_start: bool) -> None:
    """100 errors before the restart, 120 after it: the second process had all of its 120."""
    look = Looks()
    look(50 if tells_start else None, a=1000, b=100)
    look(107 if tells_start else None, a=5)
    assert look(107 if tells_start else None, a=10, b=120) == {"a": 5, "b": 120}


def test_a_start_time_that_trembles_is_no_restart() -> None:
    look = Looks()
    look(started_s=50.0, a=10)
    assert look(started_s=50.9, a=25) == {"a": 15}


def test_a_newborn_series_of_a_known_target_counts_from_0() -> None:
    look = Looks()
    look(a=1000)
    assert look(a=1001, b=50) == {"a": 1, "b": 50}


def test_a_target_without_series_was_looked_at_too() -> None:
    look = Looks()
    assert look() is None
    assert look(b=50) == {"b": 50}


def test_a_process_born_while_it_was_watched_counts_from_its_birth() -> None:
    look = Looks(watched_since_s=100)
    growth = look.growth(started_s=103, a=9)
    assert growth is not None
    assert (growth.begin_s, growth.end_s, growth.counts) == (103, 105, {A: {EVERYTHING: 9}})
    assert look(started_s=103, a=10) == {"a": 1}
    assert Looks(watched_since_s=100)(started_s=99, a=9) is None


def test_a_series_that_was_missing_goes_on_where_it_was() -> None:
    look = Looks()
    look(a=10, b=10)
    assert look(b=11) == {"b": 1}
    assert look(a=13, b=11) == {"a": 3, "b": 0}


def histogram(counters: Counters, t_s: float, **cumulative: float) -> Growth | None:
    bounds = {"_01": 0.1, "_05": 0.5, "inf": INF}
    counts = by_bucket({bounds[name]: count for name, count in cumulative.items()})
    return counters.advance(Scrape(t_s, {A: counts}))


def test_a_histogram_is_reset_as_a_whole() -> None:
    counters = Counters()
    histogram(counters, 1, _01=5, _05=100, inf=100)
    # Restarted, and slower now: the first bucket alone has more than before.
    grown = histogram(counters, 2, _01=6, _05=8, inf=9)
    assert grown is not None
    assert grown.counts == {A: {(-INF, 0.1): 6, (0.1, 0.5): 2, (0.5, INF): 1}}
    grown = histogram(counters, 3, _01=6, _05=9, inf=10)
    assert grown is not None
    assert grown.counts == {A: {(-INF, 0.1): 0, (0.1, 0.5): 1, (0.5, INF): 0}}


def test_a_bucket_that_is_read_a_moment_before_the_next_is_no_reset() -> None:
    counters = Counters()
    histogram(counters, 1, _01=500, _05=1000, inf=1000)
    grown = histogram(
        counters, 2, _01=502, _05=1001, inf=1001
    )  # the second request is not yet in all of them
    assert grown is not None
    assert sum(grown.counts[A].values()) <= 3


def test_a_native_histogram_that_halves_its_resolution_cannot_be_compared() -> None:
    counters = Counters()
    fine: dict[Bucket, float] = {(1.0, 1.5): 4, (1.5, 2.0): 6}
    coarse: dict[Bucket, float] = {(1.0, 2.0): 11}
    counters.advance(Scrape(1, {A: fine}))
    with pytest.raises(ValueError, match=r"^a histogram changed its buckets$"):
        counters.advance(Scrape(2, {A: coarse}))
    grown = counters.advance(Scrape(3, {A: {(1.0, 2.0): 13}}))
    assert grown is not None
    assert grown.counts == {A: {(1.0, 2.0): 2}}


def test_buckets_that_are_not_monotone() -> None:
    assert by_bucket({0.1: 5, 0.5: 4, INF: 6}) == {(-INF, 0.1): 5, (0.1, 0.5): 0, (0.5, INF): 1}


@given(st.integers(0, 2**32), st.integers(2, 30))
def test_what_is_seen_of_a_restarting_target_is_never_more_than_was(seed: int, looks: int) -> None:
    chance = random.Random(seed)
    look, value, events, seen = Looks(), chance.randrange(1000), 0, 0.0
    look(a=value)
    for _ in range(looks):
        if chance.random() < 0.2:
            value = 0
        grew = chance.randrange(100)
        value, events = value + grew, events + grew
        seen += (look(a=value) or {})["a"]
    assert seen <= events


@given(st.integers(0, 2**32), st.integers(2, 30))
def test_with_start_times_all_is_seen_but_what_died_unseen(seed: int, looks: int) -> None:
    chance = random.Random(seed)
    look, value, events, seen, lost, started_s = Looks(), chance.randrange(1000), 0, 0.0, 0, 0.0
    look(started_s, a=value)
    for _ in range(looks):
        if chance.random() < 0.3:  # some events, then its death, unseen
            lost += chance.randrange(50)
            value, started_s = 0, look.t_s + 2.5
        grew = chance.randrange(100)
        value, events = value + grew, events + grew
        seen += (look(started_s, a=value) or {})["a"]
    assert seen == events


def test_too_many_series_are_refused() -> None:
    counters = Counters()
    counters.advance(Scrape(1, {}))
    many: dict[Key, dict[Bucket, float]] = {("x", (("id", str(n)),)): {EVERYTHING: 1} for n in range(20_001)}
    with pytest.raises(ValueError, match=r"^more than 20000 series: name fewer of them$"):
        counters.advance(Scrape(2, many))
