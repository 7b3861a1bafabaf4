import math
from timeit import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from seatrial.verdict.e_process import BETS, Blind, Consecutive, EProcess, split_alpha

limits = st.one_of(st.floats(1e-9, 0.99), st.sampled_from([1e-300, 0.5, 0.999999]))
events = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(lambda pair: (min(pair), max(pair)))


def stopped_after(limit: float, bad: list[int], total: int = 50, alpha: float = 0.01) -> int | None:
    guard = EProcess(limit, alpha)
    return next((number for number, one in enumerate(bad, 1) if guard.update(one, total)), None)


def test_the_first_second_is_the_mean_of_the_bets() -> None:
    """By hand: three quarters of the stake play the first second, spread evenly over the bets."""
    guard = EProcess(0.01)
    guard.update(2, 50)
    factors = [1 + bet * (0.04 / 0.01 - 1) for bet in BETS]
    assert guard.evidence == pytest.approx(0.75 * sum(factors) / len(BETS) + 0.25)


def test_at_its_limit_the_stake_neither_grows_nor_shrinks() -> None:
    guard = EProcess(0.1)
    for _ in range(300):
        guard.update(5, 50)
    assert guard.evidence == pytest.approx(1)


@pytest.mark.parametrize(("share", "within"), [(1.0, 2), (0.2, 3)])
def test_a_sick_second_after_the_other_stops_it_soon(share: float, within: int) -> None:
    rng = default_rng(4)
    stops = [stopped_after(0.01, rng.binomial(50, share, 30).tolist()) or 99 for _ in range(300)]
    assert sorted(stops)[150] <= within


def test_healthy_seconds_before_do_not_use_up_the_stake() -> None:
    bad = [0] * 150 + [10] * 20
    assert stopped_after(0.01, bad) == 156


def test_at_the_limit_it_stops_falsely_at_most_as_often_as_said() -> None:
    """Ville's inequality, with an alpha that a small simulation can see; events of a second hang together."""
    rng = default_rng(5)
    runs = 400
    shares = rng.beta(0.05 * 19, 0.95 * 19, (runs, 100))
    stops = [stopped_after(0.05, run, alpha=0.1) for run in rng.binomial(50, shares).tolist()]
    assert sum(stop is not None for stop in stops) <= 0.1 * runs


def test_a_breach_is_not_forgotten() -> None:
    guard = EProcess(0.01)
    while not guard.update(50, 50):
        pass
    seconds = guard.seconds
    assert guard.update(0, 50)
    assert guard.update(0, 0)
    assert guard.seconds == seconds


def test_a_second_without_events_is_no_evidence() -> None:
    guard = EProcess(0.01)
    guard.update(1, 50)
    before = guard.evidence
    assert not guard.update(0, 0)
    assert (guard.evidence, guard.seconds) == (before, 1)


def test_a_limit_of_nothing_breaks_with_the_first_bad_event() -> None:
    guard = EProcess(0)
    assert not guard.update(0, 1000)
    assert guard.update(1, 1000)


@pytest.mark.parametrize(("limit", "alpha"), [(-0.1, 0.01), (1, 0.01), (0.01, 0), (0.01, 1)])
def test_what_is_no_limit_is_refused(limit: float, alpha: float) -> None:
    with pytest.raises(ValueError, match=r"is not a (share|chance)"):
        EProcess(limit, alpha)


@pytest.mark.parametrize(("bad", "total"), [(2, 1), (-1, 5)])
def test_counts_that_cannot_be_are_refused(bad: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"^{bad} bad of {total} events$"):
        EProcess(0.01).update(bad, total)


@given(limits, st.floats(1e-12, 0.9), st.lists(events, max_size=400))
def test_the_wealth_is_always_a_number(limit: float, alpha: float, run: list[tuple[int, int]]) -> None:
    guard = EProcess(limit, alpha)
    for bad, total in run:
        breached = guard.update(bad, total)
        assert guard.evidence >= 0
        assert not math.isnan(guard.evidence)
        assert breached == (guard.evidence * alpha >= 1)


@given(limits, st.lists(events, max_size=60), st.integers(0, 59))
def test_more_bad_events_never_stop_it_later(limit: float, run: list[tuple[int, int]], at: int) -> None:
    one, worse = EProcess(limit), EProcess(limit)
    for number, (bad, total) in enumerate(run):
        more = min(total, bad + 7) if number == at else bad
        assert worse.update(more, total) >= one.update(bad, total)


def test_ten_thousand_healthy_seconds_and_it_still_stops() -> None:
    guard = EProcess(0.01)
    for _ in range(10_000):
        guard.update(0, 50)
    assert any(guard.update(25, 50) for _ in range(9))


def test_an_update_costs_the_runner_nothing() -> None:
    guard = EProcess(0.01)
    assert min(timeit(lambda: guard.update(0, 50), number=1000) for _ in range(5)) / 1000 < 100e-6


def test_alpha_is_split_among_guards() -> None:
    assert split_alpha(0.01, 4) == 0.0025
    with pytest.raises(ValueError, match=r"^0 guards cannot share"):
        split_alpha(0.01, 0)


def test_consecutive_misses() -> None:
    guard = Consecutive(3)
    assert [guard.update(met) for met in (False, False, True, False, None, False, False, True)] == (
        [False] * 6 + [True] * 2
    )


def test_consecutive_needs_at_least_one() -> None:
    with pytest.raises(ValueError, match=r"^0 readings in a row"):
        Consecutive(0)


def test_blindness_is_a_breach_after_a_while() -> None:
    guard = Blind(after_s=10, now_s=100)
    assert not guard.update(109.9, seen=False)
    assert not guard.update(110, seen=True)
    assert not guard.update(119, seen=False)
    assert guard.update(120, seen=False)
    assert guard.update(121, seen=True)


def test_a_late_look_that_sees_is_no_blindness() -> None:
    guard = Blind(after_s=10, now_s=0)
    assert not guard.update(60, seen=True)
    with pytest.raises(ValueError, match=r"^blindness after 0 s"):
        Blind(after_s=0, now_s=0)
