"""Increments are what was really counted: resets, newborns, gaps, histograms."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.series.increments import Counters, Key

A: Key = ("x", (("code", "200"),))
B: Key = ("x", (("code", "500"),))
INF = math.inf


def advance(counters: Counters, **values: float) -> dict[str, float] | None:
    keys = {"a": A, "b": B}
    grown = counters.advance({keys[name]: {INF: value} for name, value in values.items()})
    names = {A: "a", B: "b"}
    return None if grown is None else {names[key]: growth[INF] for key, growth in grown.items()}


def test_the_first_look_shows_nothing() -> None:
    counters = Counters()
    assert advance(counters, a=1000) is None
    assert advance(counters, a=1007) == {"a": 7}
    assert advance(counters, a=1007) == {"a": 0}


def test_a_reset_counts_all_that_is_shown() -> None:
    counters = Counters()
    advance(counters, a=1000, b=3)
    assert advance(counters, a=20, b=5) == {"a": 20, "b": 2}


def test_a_newborn_series_counts_from_0() -> None:
    counters = Counters()
    advance(counters, a=1000)
    assert advance(counters, a=1001, b=50) == {"a": 1, "b": 50}


def test_a_target_without_series_was_looked_at_too() -> None:
    counters = Counters()
    assert advance(counters) is None
    assert advance(counters, b=50) == {"b": 50}


def test_a_series_that_was_missing_goes_on_where_it_was() -> None:
    counters = Counters()
    advance(counters, a=10, b=10)
    assert advance(counters, b=11) == {"b": 1}
    assert advance(counters, a=13, b=11) == {"a": 3, "b": 0}


def test_a_histogram_is_reset_as_a_whole() -> None:
    counters = Counters()
    counters.advance({A: {0.1: 5, 0.5: 100, INF: 100}})
    # Restarted, and slower now: the first bucket alone has more than before.
    assert counters.advance({A: {0.1: 6, 0.5: 8, INF: 9}}) == {A: {0.1: 6, 0.5: 8, INF: 9}}
    assert counters.advance({A: {0.1: 6, 0.5: 9, INF: 10}}) == {A: {0.1: 0, 0.5: 1, INF: 1}}


def test_other_buckets_are_another_histogram() -> None:
    counters = Counters()
    counters.advance({A: {0.1: 5, INF: 10}})
    assert counters.advance({A: {0.2: 6, INF: 12}}) == {A: {0.2: 6, INF: 12}}


@given(st.integers(0, 2**32), st.integers(2, 30))
def test_what_is_seen_of_a_restarting_target_is_never_more_than_was(seed: int, looks: int) -> None:
    chance = random.Random(seed)
    counters, value, events, seen = Counters(), chance.randrange(1000), 0, 0.0
    counters.advance({A: {INF: value}})
    for _ in range(looks):
        if chance.random() < 0.2:
            value = 0
        grew = chance.randrange(100)
        value, events = value + grew, events + grew
        seen += (counters.advance({A: {INF: value}}) or {})[A][INF]
    assert seen <= events


def test_too_many_series_are_refused() -> None:
    counters = Counters()
    counters.advance({})
    many: dict[Key, dict[float, float]] = {("x", (("id", str(n)),)): {INF: 1} for n in range(20_001)}
    with pytest.raises(ValueError, match=r"^more than 20000 series: name fewer of them$"):
        counters.advance(many)
