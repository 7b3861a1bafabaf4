"""Burn rates, planned costs and pages, against going through the time second by second."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.budget.burn import burns, pairs_of, windows_of
from seatrial.budget.cost import Hit, planned_cost, would_page
from seatrial.verdict.counts import Counts
from tests.budget.promises import DAY_S, promise, rolling


def test_the_pairs_are_those_of_the_workbook_and_of_sloth() -> None:
    assert [round(pair.factor, 2) for pair in pairs_of(30 * DAY_S)] == [14.4, 6.0, 3.0]
    assert [round(pair.factor, 2) for pair in pairs_of(28 * DAY_S)] == [13.44, 5.6, 2.8]
    assert pairs_of(30 * DAY_S)[0].name == "14.4x over 1 h and 5 min"
    assert len(pairs_of(3 * DAY_S)) == 1
    assert pairs_of(DAY_S) == ()
    assert windows_of(pairs_of(6 * DAY_S)) == (300, 1800, 3600, 21600)


def test_a_pair_fires_when_both_windows_burn_for_sure() -> None:
    pairs = pairs_of(30 * DAY_S)[:1]
    fires = burns(pairs, {3600.0: Counts(200, 10_000), 300.0: Counts(20, 800)}, 0.001)[0]
    assert fires.fires
    assert [fires.long, fires.short] == pytest.approx([20, 25])
    over = burns(pairs, {3600.0: Counts(200, 10_000), 300.0: Counts(0, 800)}, 0.001)[0]
    quiet = burns(pairs, {3600.0: Counts(1, 36), 300.0: Counts(1, 3)}, 0.001)[0]
    nobody = burns(pairs, {3600.0: Counts(0, 0), 300.0: Counts(0, 0)}, 0.001)[0]
    assert [one.fires for one in (over, quiet, nobody)] == [False, False, False]
    assert quiet.long == pytest.approx(27.8, abs=0.1)
    assert nobody.long is None


@given(share=st.floats(0.01, 1), lasts_s=st.integers(1, 300), objective=st.sampled_from([0.9, 0.99, 0.999]))
def test_the_cost_of_an_outage_is_what_a_count_finds(share: float, lasts_s: int, objective: float) -> None:
    window_s, per_s, traffic = 10_000, 10.0, 1.5
    slo = promise(objective, rolling(window_s))
    bad = math.fsum(per_s * traffic * share for _ in range(lasts_s))
    allowed = (1 - objective) * per_s * window_s
    assert planned_cost(slo, [Hit(share, lasts_s)], window_s, traffic) == pytest.approx(bad / allowed)


@given(begin_s=st.floats(0, 600), lasts_s=st.floats(1, 600))
def test_no_outage_spoils_more_slices_than_planned(begin_s: float, lasts_s: float) -> None:
    slo = promise(0.99, rolling(60_000), (60, 0.9))
    touched = sum(begin_s < (n + 1) * 60 and n * 60 < begin_s + lasts_s for n in range(30))
    planned = planned_cost(slo, [Hit(1.0, lasts_s)], 60_000) * (0.01 * 1000)
    assert touched <= round(planned, 6) <= touched + 1.000001


def test_figures_of_the_page_on_budgets() -> None:
    third = [Hit(1 / 3, 75)]
    costs = [planned_cost(promise(objective), third, 28 * DAY_S) for objective in (0.99, 0.999, 0.9999)]
    assert [round(100 * cost, 2) for cost in costs] == [0.10, 1.03, 10.33]
    sliced = promise(0.999, slices=(60, 0.9))
    assert planned_cost(sliced, third, 28 * DAY_S) == pytest.approx(3 / 40.32)
    assert planned_cost(promise(0.999, slices=(60, 0.6)), third, 28 * DAY_S) == 0
    assert planned_cost(promise(1.0), third, 28 * DAY_S) == math.inf


@given(share=st.floats(0.05, 1), lasts_s=st.integers(10, 1200), budget=st.sampled_from([0.001, 0.01]))
def test_a_page_comes_when_a_walk_through_the_seconds_says_so(
    share: float, lasts_s: int, budget: float
) -> None:
    pair = pairs_of(30 * DAY_S)[0]
    limit = pair.factor * budget * (1 - 1e-12)
    fired = next(
        (
            second
            for second in range(1, lasts_s + 1)
            if share * second / pair.long_s >= limit and share * min(1.0, second / pair.short_s) >= limit
        ),
        None,
    )
    pages = would_page([pair], [Hit(share, lasts_s)], budget)
    if fired is None:
        assert all(page.after_s > lasts_s - 1 for page in pages)
    else:
        assert pages[0].after_s == pytest.approx(fired, abs=1.0001)


def test_which_page_comes_first() -> None:
    pages = would_page(pairs_of(30 * DAY_S), [Hit(1.0, 60), Hit(1 / 3, 400)], 0.001)
    assert [round(page.after_s) for page in pages] == [52, 389]
    assert would_page(pairs_of(30 * DAY_S), [Hit(1.0, 60)], 0.0) == []
