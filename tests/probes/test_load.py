"""load: one second of load as a reading of each kind."""

import pytest

from seatrial.histogram import encode, of_counts
from seatrial.load.second import LoadSecond, RequestSecond
from seatrial.measure import Measure
from seatrial.probe import FromLoad
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value
from tests.probes.conftest import Make


def second(**more: object) -> LoadSecond:
    of_name = {
        name: RequestSecond(latency=encode(of_counts({us: total})), total=total, failed=failed)
        for name, us, total, failed in (("GET /a", 1000, 90, 0), ("POST /b", 200_000, 10, 4))
    }
    return LoadSecond.model_validate({"second_unix": 1, "requests": of_name, **more})


def read(make: Make, of: LoadSecond, **keys: str) -> Reading:
    probe = make("load", **keys)
    assert isinstance(probe, FromLoad)
    return probe.of(of)


def test_ratios(make: Make) -> None:
    assert read(make, second(), metric="success_ratio") == Ratio(good=96, total=100)
    assert read(make, second(), metric="error_ratio", request="POST /b") == Ratio(good=6, total=10)
    assert make("load", metric="error_ratio").counts_bad
    assert not make("load", metric="success_ratio").counts_bad


@pytest.mark.parametrize(("metric", "quantile"), [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)])
def test_latency(make: Make, metric: str, quantile: float) -> None:
    probe = make("load", metric=metric)
    assert (probe.measure, probe.quantile) == (Measure.LATENCY, quantile)
    reading = read(make, second(), metric=metric)
    assert isinstance(reading, Latency)
    assert (reading.quantile, reading.decoded.get_total_count()) == (quantile, 100)
    only = read(make, second(), metric=metric, request="POST /b")
    assert isinstance(only, Latency)
    assert only.decoded.get_total_count() == 10


def test_throughput(make: Make) -> None:
    assert read(make, second(), metric="throughput") == Value(values={"throughput": 100.0})
    assert make("load", metric="throughput").quantities == {"throughput": "/s"}
    assert read(make, second(requests={}), metric="throughput") == Value(values={"throughput": 0.0})


@pytest.mark.parametrize("metric", ["success_ratio", "error_ratio", "p95"])
def test_no_answer_is_unknown_and_tells_who_waits(make: Make, metric: str) -> None:
    empty = read(make, second(requests={}), metric=metric)
    assert empty == Unknown(reason="no request ended in this second")
    assert read(make, second(), metric=metric, request="GET /none") == empty
    stuck = second(requests={}, in_flight=12, oldest_ms=2500)
    waiting = "12 wait for an answer, the oldest for 2.5 s"
    named = read(make, stuck, metric=metric, request="GET /a")
    assert named == Unknown(reason=f"no request ended in this second; {waiting}")


def test_who_waits_is_part_of_the_reading(make: Make) -> None:
    stuck = second(requests={}, in_flight=12, oldest_ms=2500, scheduled=100)
    assert read(make, stuck, metric="success_ratio") == Ratio(good=0, total=0, waiting=12)
    latency = read(make, stuck, metric="p95")
    assert isinstance(latency, Latency)
    assert (latency.waiting, latency.arrivals, latency.durations.total) == (12, 100, 0)


def test_the_named_requests_know_of_no_waiting(make: Make) -> None:
    busy = second(in_flight=12, oldest_ms=2500, scheduled=100)
    assert read(make, busy, metric="success_ratio", request="GET /a") == Ratio(good=90, total=90)
    latency = read(make, busy, metric="p95", request="GET /a")
    assert isinstance(latency, Latency)
    assert (latency.waiting, latency.arrivals) == (0, 0)


def test_a_request_younger_than_the_second_is_not_yet_unanswered(make: Make) -> None:
    young = second(in_flight=12, oldest_ms=400, scheduled=100)
    assert read(make, young, metric="success_ratio") == Ratio(good=96, total=100)
    only_young = second(requests={}, in_flight=12, oldest_ms=400)
    assert isinstance(read(make, only_young, metric="error_ratio"), Unknown)


def test_warming_up(make: Make) -> None:
    for metric in ("success_ratio", "p95", "throughput"):
        warm = read(make, second(warming_up=True), metric=metric)
        assert warm == Unknown(reason="the load is warming up")
