"""What stands on the way of each request, without Locust around it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial import histogram
from seatrial.load.merge import SecondMerger
from seatrial.load.shim.errors import KIND_LENGTH_MAX, KINDS_MAX, OTHER, count_kind, kind_of
from seatrial.load.shim.recorder import NAMES_MAX, Recorder, parts
from seatrial.load.wire import MESSAGE_BYTES_MAX, End, Part
from tests.load.test_merge import END


def recorded(recorder: Recorder) -> list[Part]:
    end: End = END
    return [part for one in recorder.all_slices() for part in parts("w", one, end)]


def test_requests_of_both_models() -> None:
    recorder = Recorder(0.0)
    recorder.request("open", 5.0, 20.0, None, None)
    recorder.request("closed", 5.0, None, ConnectionRefusedError(), None)
    requests = {name: one for part in recorded(recorder) for name, one in part["requests"].items()}
    opened = requests["open"]
    assert histogram.quantile_ms(histogram.decode(opened["latency"]), 0.5) == 25.007
    assert histogram.quantile_ms(histogram.decode(opened["service"]), 0.5) == 5.003
    assert "service" not in requests["closed"]
    assert (requests["closed"]["failed"], requests["closed"]["errors"]) == (1, {"connection refused": 1})


def test_a_slice_is_a_wall_clock_second() -> None:
    to_the_next = 1 - time.monotonic() % 1
    recorder = Recorder(to_the_next - 0.02)
    before = int(recorder.now_unix())
    recorder.request("a", 1.0, None, None, None)
    while int(recorder.now_unix()) == before:
        pass
    recorder.request("b", 1.0, None, None, None)
    recorder.slice_of_now().scheduled += 1
    first, second = recorder.all_slices()
    assert (first.second, second.second) == (before, before + 1)
    assert (list(first.buckets), list(second.buckets), second.scheduled) == (["a"], ["b"], 1)


def test_names_are_bounded_and_messages_too() -> None:
    recorder = Recorder(0.0)
    for n in range(NAMES_MAX + 50):
        for latency_ms in range(1, 200, 7):
            recorder.request(f"/item/{n}", float(latency_ms * (n + 1)), 3.0, None, None)
    told = recorded(recorder)
    names = [name for part in told for name in part["requests"]]
    assert len(names) == len(set(names)) == NAMES_MAX + 1
    assert OTHER in names
    assert len(told) > 1
    assert all(len(str(part)) < MESSAGE_BYTES_MAX for part in told)
    assert ["end" in part for part in told] == [False] * (len(told) - 1) + [True]
    merger = SecondMerger(1, told[0]["second"])
    for part in told:
        merger.add(part)
    [second] = merger.rest()
    assert second.ratio().total == (NAMES_MAX + 50) * 29


def test_cpu_share_is_of_this_process() -> None:
    begin_s, begin_cpu_s = time.monotonic(), time.process_time()
    recorder = Recorder(0.0)
    while time.process_time() - begin_cpu_s < 0.3:
        pass
    share = recorder.cpu_share()
    used = (time.process_time() - begin_cpu_s) / (time.monotonic() - begin_s)
    assert share == pytest.approx(used, rel=0.1)
    assert recorder.cpu_share() == share  # too soon for another


def test_kinds_of_errors() -> None:
    refused = OSError("outer")
    refused.__cause__ = ConnectionRefusedError(111, "refused")

    class Wrapper(Exception):
        original = TimeoutError("timed out")

    class CatchResponseError(Exception):
        pass

    assert kind_of(refused, 0) == "connection refused"
    assert kind_of(Wrapper(), 0) == "timeout"
    assert kind_of(ValueError("x"), 503) == "HTTP 503"
    assert kind_of(CatchResponseError("too few items"), 200) == "too few items"
    assert kind_of(ValueError("y" * 500), 0) == ("ValueError: " + "y" * 500)[:KIND_LENGTH_MAX]


def test_kinds_are_bounded() -> None:
    counts: dict[str, int] = {}
    for n in range(100):
        count_kind(counts, f"kind {n}")
    assert len(counts) == KINDS_MAX + 1
    assert counts[OTHER] == 100 - KINDS_MAX


@given(st.dictionaries(st.integers(-5, 4_000_000_000), st.integers(1, 50), min_size=1))
def test_a_histogram_of_counts_is_what_recording_each_would_make(counts_us: dict[int, int]) -> None:
    ours, theirs = histogram.of_counts(counts_us), histogram.new()
    for latency_us, count in counts_us.items():
        clamped = min(max(latency_us, histogram.LOWEST_US), histogram.HIGHEST_US)
        theirs.record_value(clamped, count)
    assert histogram.encode(ours) == histogram.encode(theirs)
    assert (ours.min_value, ours.max_value) == (theirs.min_value, theirs.max_value)


@given(
    st.lists(st.integers(1, 4_000_000), min_size=1, max_size=200),
    st.floats(0.001, 0.999),
    st.floats(0.001, 4000),
)
def test_quantiles_and_counts_agree_with_the_library(
    values_us: list[int], quantile: float, threshold_ms: float
) -> None:
    one = histogram.new()
    for value in values_us:
        one.record_value(value)
    assert histogram.quantile_ms(one, quantile) == one.get_value_at_percentile(quantile * 100) / 1000
    limit_us = one.get_highest_equivalent_value(max(round(threshold_ms * 1000), 1))
    assert histogram.count_above(one, threshold_ms) == sum(value > limit_us for value in values_us)


def test_an_empty_histogram() -> None:
    assert histogram.quantile_ms(histogram.new(), 0.5) == 0.0
    assert histogram.count_above(histogram.new(), 1) == 0
    assert histogram.encode(histogram.of_counts({})) == histogram.encode(histogram.new())
