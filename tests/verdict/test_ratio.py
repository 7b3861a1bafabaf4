import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.random import default_rng

from seatrial.verdict.ratio import judge_ratio
from seatrial.verdict.status import Status
from tests.verdict.samples import seconds

windows = st.lists(st.integers(0, 50), min_size=1, max_size=70)
budgets = st.floats(0.001, 0.5)


@pytest.mark.parametrize(("total", "budget"), [(59, 0.05), (299, 0.01), (2995, 0.001)])
def test_without_a_failure_so_many_are_enough(total: int, budget: float) -> None:
    assert judge_ratio([(0, total)], budget).status is Status.HELD
    assert judge_ratio([(0, total - 1)], budget).status is Status.UNKNOWN


def test_no_data_is_never_a_pass() -> None:
    for nothing in ([], [None] * 60, [(0, 0)] * 60):
        decision = judge_ratio(nothing, 0.01)
        assert (decision.status, decision.value, decision.samples) == (Status.UNKNOWN, None, 0)
        assert decision.reason == "No events were seen."


def test_a_window_that_was_mostly_not_seen_did_not_hold() -> None:
    assert judge_ratio([*seconds([0] * 40), *[None] * 20], 0.01).status is Status.HELD
    blind = judge_ratio([*seconds([0] * 40), *[None] * 21], 0.01)
    assert blind.status is Status.UNKNOWN
    assert blind.reason == "2,000 of 2,000 events (100 %) were good, but 34.43 % of the window was not seen."


def test_blindness_does_not_excuse_what_was_seen() -> None:
    assert judge_ratio([*seconds([10] * 20), *[None] * 40], 0.01).status is Status.DEVIATED


def test_the_decision_speaks_of_the_share_the_sli_names() -> None:
    window = seconds([0, 1, 0, 2, 1, 0] * 10)
    good, bad = judge_ratio(window, 0.05), judge_ratio(window, 0.05, share="bad")
    assert good.value == pytest.approx(1 - 40 / 3000)
    assert bad.value == pytest.approx(40 / 3000)
    assert good.status is bad.status is Status.HELD
    assert good.low == pytest.approx(1 - (bad.high or 0))
    assert good.high == pytest.approx(1 - (bad.low or 0))
    assert good.samples == bad.samples == 3000
    assert bad.reason == (
        "40 of 3,000 events (1.333 %) were bad: "
        "with 95 % confidence at most 1.732 %, where at most 5 % is asked."
    )


def test_reasons_say_what_was_asked() -> None:
    spread = [1, 0, 0, 1, 0, 0] * 10
    assert judge_ratio(seconds(spread), 0.02).reason.endswith(", where at least 98 % is asked.")
    assert judge_ratio(seconds(spread), 0.001).reason.endswith(", where at least 99.9 % is asked.")
    undecided = judge_ratio(seconds(spread), 0.007)
    assert undecided.status is Status.UNKNOWN
    assert undecided.reason.endswith("so at least 99.3 % is neither shown nor refuted.")


def test_a_burst_is_told() -> None:
    decision = judge_ratio(seconds([0] * 20 + [20] + [0] * 39), 0.01)
    assert decision.status is Status.UNKNOWN
    assert "in bursts that make them worth 150 independent ones" in decision.reason


def test_one_outage_fails_when_it_is_nearly_four_times_the_budget() -> None:
    assert judge_ratio(seconds([0] * 20 + [50, 50] + [0] * 38), 0.01).status is Status.UNKNOWN
    assert judge_ratio(seconds([0] * 20 + [50, 50, 20] + [0] * 37), 0.01).status is Status.DEVIATED


def test_a_hundred_per_cent_can_be_refuted_but_not_shown() -> None:
    assert judge_ratio(seconds([0] * 600), 0).status is Status.UNKNOWN
    assert judge_ratio(seconds([1] + [0] * 600), 0).status is Status.DEVIATED


@pytest.mark.parametrize("budget", [-0.01, 1.01, 1.5])
def test_a_budget_is_a_share(budget: float) -> None:
    with pytest.raises(ValueError, match="is not a share from 0 to 1"):
        judge_ratio(seconds([0]), budget)


@given(windows, budgets)
def test_the_status_is_where_the_interval_lies(bad: list[int], budget: float) -> None:
    decision = judge_ratio(seconds(bad), budget, share="bad")
    assert decision.low is not None
    assert decision.high is not None
    assert decision.value is not None
    assert 0 <= decision.low <= decision.value <= decision.high <= 1
    assert (decision.status is Status.HELD) == (decision.high <= budget)
    assert (decision.status is Status.DEVIATED) == (decision.low > budget)


@given(windows, windows, budgets)
@example(bad=[0] * 20 + [45] + [0] * 20, more=[1] * 41, budget=0.01)
def test_more_bad_events_never_turn_deviated_into_held(
    bad: list[int], more: list[int], budget: float
) -> None:
    added = list(more[: len(bad)]) + [0] * (len(bad) - len(more))
    worse = [min(50, one + extra) for one, extra in zip(bad, added, strict=True)]
    before, after = judge_ratio(seconds(bad), budget), judge_ratio(seconds(worse), budget)
    assert (before.status, after.status) != (Status.DEVIATED, Status.HELD)


@given(windows, budgets, st.floats(1, 3))
def test_a_looser_budget_is_never_judged_harder(bad: list[int], budget: float, looser: float) -> None:
    order = [Status.DEVIATED, Status.UNKNOWN, Status.HELD]
    tight = judge_ratio(seconds(bad), budget).status
    loose = judge_ratio(seconds(bad), min(budget * looser, 0.99)).status
    assert order.index(loose) >= order.index(tight)


@pytest.mark.parametrize("spread", [None, 0.05], ids=["independent", "overdispersed"])
def test_healthy_systems_do_not_fail_and_sick_ones_do_not_pass(spread: float | None) -> None:
    """A budget of 1 %, 60 s of 50 events; the whole table is in benchmarks/verdicts.py."""
    rng = default_rng(3)
    runs = 400

    def decide(share: float) -> list[Status]:
        weight = 0 if spread is None else 1 / spread - 1
        shares = rng.beta(share * weight, (1 - share) * weight, (runs, 60)) if weight else share
        return [
            judge_ratio(seconds(run), 0.01).status for run in rng.binomial(50, shares, (runs, 60)).tolist()
        ]

    assert decide(0.005).count(Status.DEVIATED) <= 0.01 * runs
    assert decide(0.02).count(Status.HELD) <= 0.01 * runs
    assert decide(0.01).count(Status.HELD) <= 0.09 * runs
    if spread is None:
        assert decide(0.005).count(Status.HELD) >= 0.75 * runs
        assert decide(0.02).count(Status.DEVIATED) >= 0.95 * runs
