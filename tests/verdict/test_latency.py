import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from seatrial.verdict.latency import judge_latency
from seatrial.verdict.spectrum import durations_in
from seatrial.verdict.status import Status
from tests.verdict.samples import histogram

latencies = st.lists(
    st.lists(st.sampled_from([1.0, 5.0, 20.0, 80.0, 300.0]), min_size=1, max_size=20), min_size=1, max_size=40
)


def above(window: list[list[float]], threshold_ms: float) -> list[tuple[int, int] | None]:
    return [(sum(one > threshold_ms for one in second), len(second)) for second in window]


def everything(window: list[list[float]]) -> list[float]:
    return [one for second in window for one in second]


def test_a_clear_case_in_full() -> None:
    """The histogram's cells are 0.06 ms wide at 95 ms, and the upper end is told."""
    window = [[float(value) for value in range(1, 101)]] * 30
    decision = judge_latency(above(window, 120), histogram(everything(window)), 0.95, 120)
    assert (decision.status, decision.value, decision.unit) == (Status.HELD, 95.039, "ms")
    assert decision.samples == 3000
    assert decision.reason == (
        "p95 was 95.04 ms; 0 of 3,000 durations (0 %) were above 120 ms: "
        "with 95 % confidence p95 is at most 96.06 ms."
    )


def test_a_deviation_tells_its_lower_end() -> None:
    window = [[float(value) for value in range(1, 101)]] * 30
    decision = judge_latency(above(window, 80), histogram(everything(window)), 0.95, 80)
    assert decision.status is Status.DEVIATED
    assert decision.reason.endswith("with 95 % confidence p95 is at least 95.04 ms.")


def test_both_forms_of_durations_are_judged_alike() -> None:
    window = [[float(value) for value in range(1, 101)]] * 30
    spectrum = histogram(everything(window))
    assert judge_latency(above(window, 80), spectrum, 0.9, 80) == (
        judge_latency(above(window, 80), durations_in(spectrum), 0.9, 80)
    )


def test_no_data_is_never_a_pass() -> None:
    decision = judge_latency([None] * 60, histogram([]), 0.95, 300)
    assert (decision.status, decision.value) == (Status.UNKNOWN, None)
    assert decision.reason == "No durations were seen."


def test_fifty_eight_fast_ones_are_too_few_for_p95() -> None:
    assert judge_latency([(0, 58)], histogram([5.0] * 58), 0.95, 300).status is Status.UNKNOWN
    assert judge_latency([(0, 59)], histogram([5.0] * 59), 0.95, 300).status is Status.HELD


def test_too_few_durations_leave_the_upper_end_open() -> None:
    decision = judge_latency([(0, 20)], histogram([5.0] * 20), 0.95, 300)
    assert decision.high is None
    assert decision.low is not None
    assert decision.reason.endswith(
        "p95 is at least 5.003 ms and open above, so below 300 ms is neither shown nor refuted."
    )


def test_a_window_that_was_mostly_not_seen_did_not_hold() -> None:
    window = [[5.0] * 50] * 20
    spectrum = histogram(everything(window))
    assert judge_latency([*above(window, 300), *[None] * 10], spectrum, 0.95, 300).status is Status.HELD
    blind = judge_latency([*above(window, 300), *[None] * 11], spectrum, 0.95, 300)
    assert blind.status is Status.UNKNOWN
    assert blind.reason.endswith("but 35.48 % of the window was not seen.")


@pytest.mark.parametrize("quantile", [0, 1, 95])
def test_a_quantile_is_between_0_and_1(quantile: float) -> None:
    with pytest.raises(ValueError, match=f"^{quantile} is not a quantile between 0 and 1$"):
        judge_latency([(0, 1)], histogram([1.0]), quantile, 300)


@given(
    latencies, st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]), st.sampled_from([3.0, 10.0, 50.0, 200.0, 400.0])
)
def test_status_and_interval_agree(window: list[list[float]], quantile: float, threshold_ms: float) -> None:
    decision = judge_latency(
        above(window, threshold_ms), histogram(everything(window)), quantile, threshold_ms
    )
    held = decision.high is not None and decision.high <= threshold_ms
    deviated = decision.low is not None and decision.low > threshold_ms
    assert (decision.status is Status.HELD) == held
    assert (decision.status is Status.DEVIATED) == deviated
    assert decision.value is not None
    assert decision.low is None or decision.low <= decision.value
    assert decision.high is None or decision.value <= decision.high


def test_the_interval_holds_the_true_quantile() -> None:
    """Exponential latencies of 100 ms in the mean: p90 is 230 ms."""
    rng = default_rng(6)
    truth_ms, runs = 230.2585, 300
    missed_low = missed_high = 0
    for _ in range(runs):
        window = rng.exponential(100, (30, 20)).tolist()
        decision = judge_latency(above(window, 300), histogram(everything(window)), 0.9, 300)
        missed_low += decision.low is not None and decision.low > truth_ms
        missed_high += decision.high is not None and decision.high < truth_ms
    assert missed_low <= 0.08 * runs
    assert missed_high <= 0.08 * runs
