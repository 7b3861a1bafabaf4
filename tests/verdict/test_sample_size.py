import pytest
from numpy.random import default_rng

from seatrial.verdict.counts import Counts
from seatrial.verdict.interval import clopper_pearson
from seatrial.verdict.ratio import judge_ratio
from seatrial.verdict.sample_size import (
    latency_decidability,
    ratio_decidability,
    readings_decidability,
    relative_latency_decidability,
    relative_ratio_decidability,
    samples_needed,
    smallest_factor,
)
from seatrial.verdict.status import Status
from tests.verdict.samples import seconds


@pytest.mark.parametrize(
    ("budget", "needed", "for_power"), [(0.05, 59, 554), (0.01, 299, 2784), (0.001, 2995, 29058)]
)
def test_the_table_of_samples(budget: float, needed: int, for_power: int) -> None:
    answer = ratio_decidability(budget, rate_per_s=50, window_s=60, deff=1)
    assert (answer.samples_needed, answer.samples_for_power) == (needed, for_power)
    assert answer.samples_expected == 3000
    assert answer.decidable
    assert answer.window_s_needed == pytest.approx(needed / 50)
    assert answer.rate_per_s_needed == pytest.approx(needed / 60)


@pytest.mark.parametrize("budget", [0.05, 0.01])
def test_from_there_on_nine_of_ten_healthy_runs_hold_and_before_not_always(budget: float) -> None:
    from scipy.stats import binom  # a second, in every process that collects tests

    def power(total: int) -> float:
        held = [bad for bad in range(total) if clopper_pearson(Counts(bad, total))[1] <= budget]
        return float(binom.cdf(max(held, default=-1), total, budget / 2))

    enough = ratio_decidability(budget, 50, 60, deff=1).samples_for_power
    assert enough is not None
    assert power(enough - 1) < 0.9
    assert min(power(total) for total in range(enough, enough + 60)) >= 0.9


def test_the_rule_that_judges_has_the_power_that_is_planned() -> None:
    """With the design effect's own price, in a window of 60 s."""
    planned = ratio_decidability(0.05, 50, 60).samples_for_power
    assert planned is not None
    rng = default_rng(11)
    per_second = -(-planned // 60)
    runs = rng.binomial(per_second, 0.025, (400, 60)).tolist()
    held = sum(judge_ratio(seconds(run, per_second), 0.05).status is Status.HELD for run in runs)
    assert held >= 0.86 * 400


def test_a_window_too_small_says_what_would_do() -> None:
    answer = ratio_decidability(0.001, rate_per_s=100, window_s=20)
    assert not answer.decidable
    assert answer.samples_expected == 2000
    assert answer.window_s_needed == pytest.approx(29.95)
    assert answer.rate_per_s_needed == pytest.approx(149.75)
    assert answer.held_below is None


def test_the_shares_that_are_seen() -> None:
    from scipy.stats import binom  # a second, in every process that collects tests

    answer = ratio_decidability(0.01, 50, 60, deff=1)
    held, deviated = answer.held_below, answer.deviated_above
    assert held is not None
    assert deviated is not None
    assert held < 0.01 < deviated
    outcomes = [clopper_pearson(Counts(bad, 3000)) for bad in range(100)]
    most = max(bad for bad, (_, high) in enumerate(outcomes) if high <= 0.01)
    least = min(bad for bad, (low, _) in enumerate(outcomes) if low > 0.01)
    assert binom.cdf(most, 3000, held) == pytest.approx(0.9)
    assert binom.sf(least - 1, 3000, deviated) == pytest.approx(0.9)


def test_bursts_hide_more() -> None:
    calm, bursty = ratio_decidability(0.01, 50, 60, deff=1), ratio_decidability(0.01, 50, 60, deff=5)
    assert bursty.samples_needed == calm.samples_needed
    assert bursty.samples_for_power == 5 * (calm.samples_for_power or 0)
    assert (bursty.deviated_above or 0) > (calm.deviated_above or 1)


def test_a_hundred_per_cent_can_never_be_shown() -> None:
    answer = ratio_decidability(0, 50, 60)
    assert (answer.decidable, answer.samples_needed, answer.window_s_needed) == (False, None, None)


def test_a_window_without_events_decides_nothing() -> None:
    answer = ratio_decidability(0.01, rate_per_s=0.01, window_s=20)
    assert (answer.decidable, answer.samples_expected) == (False, 0)
    assert answer.held_below is answer.deviated_above is None


def test_a_latency_is_a_ratio() -> None:
    assert latency_decidability(0.95, 50, 60) == ratio_decidability(0.05, 50, 60)
    assert latency_decidability(0.99, 50, 60).samples_needed == 299


def test_a_relative_latency_needs_a_whole_interval() -> None:
    answer = relative_latency_decidability(0.95, 50, 60, deff=1)
    assert (answer.samples_needed, answer.decidable) == (59, True)
    assert relative_latency_decidability(0.99, 50, 60, deff=2).samples_needed == 597
    assert not relative_latency_decidability(0.999, 50, 20).decidable


def test_a_relative_ratio_needs_errors() -> None:
    assert relative_ratio_decidability(0, 2, 50, 60).samples_needed is None
    assert relative_ratio_decidability(0.01, 1, 50, 60).samples_needed is None
    rare, often = relative_ratio_decidability(0.01, 2, 50, 60), relative_ratio_decidability(0.1, 2, 50, 60)
    assert (rare.samples_needed or 0) > 5 * (often.samples_needed or 0) > 100


def test_readings_need_one_window() -> None:
    assert readings_decidability(1, 5).decidable
    short = readings_decidability(2, 9)
    assert (short.decidable, short.samples_expected, short.window_s_needed) == (False, 4, 10)


def test_the_smallest_factor_grows_with_the_interval() -> None:
    assert smallest_factor(1, 1) == 1
    assert smallest_factor(1, 1.2) == pytest.approx(1.383, abs=1e-3)


@pytest.mark.parametrize(
    ("share", "rate_per_s", "window_s"), [(-0.1, 1, 1), (1, 1, 1), (0.1, 0, 1), (0.1, 1, 0)]
)
def test_what_cannot_be_planned_is_refused(share: float, rate_per_s: float, window_s: float) -> None:
    with pytest.raises(ValueError, match="cannot be planned"):
        ratio_decidability(share, rate_per_s, window_s)


@pytest.mark.parametrize("budget", [0.0, 1e-5, 0.001, 0.01, 0.05, 0.3, 0.999])
def test_the_fewest_samples_are_those_of_the_whole_answer(budget: float) -> None:
    assert samples_needed(budget) == ratio_decidability(budget, 100, 60).samples_needed


def test_an_objective_that_allows_everything_needs_next_to_nothing() -> None:
    assert samples_needed(1.0) == 1
