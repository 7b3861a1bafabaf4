import pytest
from hdrh.histogram import HdrHistogram
from numpy.random import Generator, default_rng

from seatrial.verdict.relative_latency import judge_relative_latency
from seatrial.verdict.spectrum import durations_in
from seatrial.verdict.status import Status
from tests.verdict.samples import histogram


def window(
    rng: Generator, scale: float, seconds: int = 30, rate_per_s: int = 50
) -> list[HdrHistogram | None]:
    return [histogram(rng.lognormal(4, 0.5, rate_per_s) * scale) for _ in range(seconds)]


@pytest.mark.parametrize(
    ("change", "status"), [(1.0, Status.HELD), (2.0, Status.UNKNOWN), (3.0, Status.DEVIATED)]
)
def test_twice_the_baseline(change: float, status: Status) -> None:
    rng = default_rng(7)
    decision = judge_relative_latency(window(rng, 1), window(rng, change), 0.95, 2)
    assert decision.status is status
    assert decision.value == pytest.approx(change, rel=0.15)
    assert decision.low is not None
    assert decision.high is not None
    assert decision.low < change < decision.high
    assert (decision.unit, decision.samples) == ("x baseline", 1500)


def test_reasons_have_both_sides() -> None:
    fast, slow = [histogram([10.0] * 50)] * 20, [histogram([15.0] * 50)] * 20
    assert judge_relative_latency(fast, slow, 0.95, 2).reason == (
        "p95 went from 10.01 ms to 15.01 ms, 1.5x the baseline: "
        "with 95 % confidence at most 1.5x, where at most 2x is asked."
    )
    assert judge_relative_latency(fast, slow, 0.95, 1.2).reason.endswith(
        "with 95 % confidence at least 1.5x, where at most 1.2x is asked."
    )


def test_too_few_durations_decide_nothing() -> None:
    few: list[HdrHistogram | None] = [histogram([10.0] * 58)]
    decision = judge_relative_latency(few, few, 0.95, 2)
    assert (decision.status, decision.value, decision.high) == (Status.UNKNOWN, 1, None)
    assert decision.reason.endswith("open above, so at most 2x is neither shown nor refuted.")


@pytest.mark.parametrize("nothing", [[], [None] * 9, [histogram([])] * 9], ids=["none", "unknown", "empty"])
def test_nothing_on_either_side_is_unknown(nothing: list[HdrHistogram | None]) -> None:
    some: list[HdrHistogram | None] = [histogram([10.0] * 50)] * 20
    before, during = (
        judge_relative_latency(nothing, some, 0.95, 2),
        judge_relative_latency(some, nothing, 0.95, 2),
    )
    assert before.status is during.status is Status.UNKNOWN
    assert before.reason == "No durations were seen in the baseline, so p95 has nothing to be compared with."
    assert "in the fault window" in during.reason


def test_a_window_that_was_mostly_not_seen_did_not_hold() -> None:
    some: list[HdrHistogram | None] = [histogram([10.0] * 50)] * 20
    assert judge_relative_latency(some, [*some, *[None] * 10], 0.95, 2).status is Status.HELD
    blind = judge_relative_latency([*some, *[None] * 11], some, 0.95, 2)
    assert blind.status is Status.UNKNOWN
    assert blind.reason.endswith("but 35.5 % of a window was not seen.")


def test_one_stall_that_moves_the_quantile_is_not_yet_a_deviation() -> None:
    """4 of 60 s are slow, more than 5 % of all: p95 has jumped, but by a single event."""
    usual, stall = histogram([10.0] * 50), histogram([900.0] * 50)
    decision = judge_relative_latency([usual] * 60, [usual] * 40 + [stall] * 4 + [usual] * 16, 0.95, 2)
    assert decision.value == pytest.approx(90, rel=0.01)
    assert decision.status is Status.UNKNOWN
    assert decision.low == pytest.approx(1, rel=0.01)
    longer = judge_relative_latency([usual] * 60, [usual] * 40 + [stall] * 12 + [usual] * 8, 0.95, 2)
    assert longer.status is Status.DEVIATED


def test_both_forms_of_durations_are_judged_alike() -> None:
    rng = default_rng(8)
    before, during = window(rng, 1), window(rng, 1.5)
    small_before = [None if one is None else durations_in(one) for one in before]
    assert judge_relative_latency(before, during, 0.95, 2) == (
        judge_relative_latency(small_before, during, 0.95, 2)
    )


@pytest.mark.parametrize(("quantile", "factor"), [(0, 2), (1, 2), (0.95, 0), (0.95, -1)])
def test_what_is_no_objective_is_refused(quantile: float, factor: float) -> None:
    with pytest.raises(ValueError, match="are not an objective"):
        judge_relative_latency([], [], quantile, factor)
