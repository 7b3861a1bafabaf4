import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from seatrial.verdict.design_effect import INDEPENDENT, DesignEffect, design_effect, effect_by_chance
from tests.verdict.samples import seconds

counts = st.lists(st.integers(0, 50), min_size=1, max_size=90)


def test_a_single_bad_event_is_no_burst() -> None:
    assert design_effect(seconds([0] * 30 + [1] + [0] * 29)) == INDEPENDENT
    assert design_effect(seconds([50] * 30 + [49] + [50] * 29)) == INDEPENDENT


def test_nothing_bad_and_nothing_at_all_are_no_burst() -> None:
    assert design_effect(seconds([0] * 60)) == design_effect([]) == design_effect([None]) == INDEPENDENT


def test_independent_events_have_about_the_effect_of_chance() -> None:
    rng = default_rng(1)
    found = sorted(design_effect(seconds(rng.binomial(50, 0.02, 60).tolist())).high for _ in range(200))
    assert 1 <= found[100] <= 1.1 * effect_by_chance(60)


def test_events_that_come_by_the_ten_are_worth_a_tenth() -> None:
    rng = default_rng(2)
    found = sorted(design_effect(seconds((10 * rng.binomial(5, 0.1, 600)).tolist())).high for _ in range(50))
    assert 10 <= found[25] <= 12


def test_a_burst_over_many_seconds_is_seen_by_the_longer_windows() -> None:
    burst = seconds([5 if 20 <= second < 30 else 0 for second in range(60)])
    assert 3 < design_effect(burst, batches=(1,)).high < design_effect(burst, batches=(1, 5)).high
    assert design_effect(burst, batches=(1, 5)).high < design_effect(burst, batches=(1, 5, 10)).high


def test_one_burst_counts_as_one_event_or_as_three() -> None:
    burst = seconds([0] * 30 + [45] + [0] * 29)
    assert design_effect(burst) == DesignEffect(low=15, high=45)


def test_a_second_that_was_not_seen_is_neither_good_nor_bad() -> None:
    seen = seconds([1, 0, 2, 0, 1, 3, 0, 0])
    assert design_effect([*seen, None, None], batches=(1,)).high == pytest.approx(
        design_effect([*seen, (0, 0), (0, 0)], batches=(1,)).high
    )


def test_an_unequal_load_is_no_burst() -> None:
    """As many per cent in each second, of 10 or of 100 events."""
    assert design_effect([(1, 10), (10, 100)] * 30) == INDEPENDENT


def test_more_bad_events_than_events_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^51 bad of 50 events$"):
        design_effect(seconds([51]))


@given(counts)
def test_it_is_at_least_one_and_leaves_at_least_one_event(bad: list[int]) -> None:
    deff = design_effect(seconds(bad))
    rarer = min(sum(bad), 50 * len(bad) - sum(bad))
    assert 1 <= deff.low <= deff.high <= max(1, rarer)


@given(counts)
def test_good_and_bad_are_alike(bad: list[int]) -> None:
    assert design_effect(seconds(bad)) == pytest.approx(design_effect(seconds(50 - one for one in bad)))


def test_what_a_window_costs_by_chance() -> None:
    assert effect_by_chance(60) == pytest.approx(1.30, abs=0.01)
    assert effect_by_chance(300) == pytest.approx(1.04, abs=0.01)
    assert effect_by_chance(3) == 1
