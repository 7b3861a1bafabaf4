"""Workers' messages become seconds: complete, in order, without a gap, and nothing is lost."""

import pytest

from seatrial import histogram
from seatrial.load.merge import SecondMerger
from seatrial.load.wire import End, Part, RequestCounts

END: End = {
    "users": 3,
    "in_flight": 1,
    "oldest_ms": 5.0,
    "dropped": 2,
    "scheduled": 10,
    "cpu_share": 0.25,
    "lag_ms": 1.5,
    "lost": 0,
    "user_errors": {"KeyError: 'a'": 1},
}


def counts(*latencies_us: int, failed: int = 0, service: bool = False) -> RequestCounts:
    encoded = histogram.encode(histogram.of_counts(dict.fromkeys(latencies_us, 1)))
    one: RequestCounts = {
        "latency": encoded,
        "total": len(latencies_us),
        "failed": failed,
        "errors": {"HTTP 500": failed} if failed else {},
    }
    if service:
        one["service"] = encoded
    return one


def part(worker: str, second: int, **requests: RequestCounts) -> Part:
    return {"kind": "part", "worker": worker, "second": second, "requests": requests, "end": END}


def test_a_second_is_told_when_all_have_reported() -> None:
    merger = SecondMerger(2, 100)
    merger.add(part("a", 100, look=counts(1000, 2000, service=True)))
    assert merger.ready(101.1) == []
    merger.add(part("b", 100, look=counts(3000, failed=1, service=True), buy=counts(9000)))
    assert merger.ready(100.9) == []
    [second] = merger.ready(101.1)
    assert (second.second_unix, second.workers, second.late, second.workers_expected) == (100, 2, 0, 2)
    look = second.requests["look"]
    assert (look.total, look.failed, look.errors) == (3, 1, {"HTTP 500": 1})
    assert histogram.decode(look.latency).get_total_count() == 3
    assert look.service is not None
    assert second.requests["buy"].service is None
    assert (second.users, second.in_flight, second.dropped, second.scheduled) == (6, 2, 4, 20)
    assert (second.cpu_share, second.lag_ms, second.oldest_ms) == (0.25, 1.5, 5.0)
    assert second.user_errors == {"KeyError: 'a'": 2}


def test_a_second_in_parts() -> None:
    merger = SecondMerger(1, 100)
    first = part("a", 100, look=counts(1000))
    del first["end"]
    merger.add(first)
    assert merger.ready(101.1) == []
    merger.add(part("a", 100, buy=counts(2000)))
    [second] = merger.ready(101.1)
    assert set(second.requests) == {"buy", "look"}
    assert second.workers == 1


def test_a_silent_worker_delays_nothing_for_long() -> None:
    merger = SecondMerger(2, 100)
    merger.add(part("a", 100, look=counts(1000)))
    assert merger.ready(101.19) == []
    [second] = merger.ready(101.2)
    assert (second.workers, second.late) == (1, 0)


def test_a_gap_is_told_as_empty_seconds() -> None:
    merger = SecondMerger(1, 100)
    told = merger.ready(103.5)
    assert [(one.second_unix, one.workers, one.requests) for one in told] == [
        (100, 0, {}),
        (101, 0, {}),
        (102, 0, {}),
    ]


def test_what_comes_late_counts_in_the_next_second() -> None:
    merger = SecondMerger(2, 100)
    merger.add(part("a", 100, look=counts(1000)))
    merger.ready(101.3)
    merger.add(part("b", 100, look=counts(5000, 6000)))
    merger.add(part("a", 101, look=counts(1000)))
    assert merger.ready(102.1) == []
    merger.add(part("b", 101, look=counts(7000)))
    [second] = merger.ready(102.1)
    assert (second.second_unix, second.workers, second.late) == (101, 2, 1)
    assert second.requests["look"].total == 4
    assert second.scheduled == 30
    assert (second.users, second.in_flight) == (6, 2)  # of now, not of both its seconds


def test_what_is_left_at_the_end() -> None:
    merger = SecondMerger(1, 100)
    merger.add(part("a", 100, look=counts(1000)))
    merger.add(part("a", 102, look=counts(1000)))
    assert [(one.second_unix, one.workers) for one in merger.rest()] == [(100, 1), (101, 0), (102, 1)]
    assert merger.rest() == []


def test_reports_from_before_the_start_are_nothing() -> None:
    merger = SecondMerger(1, 100)
    merger.add(part("a", 99))
    merger.add(part("a", 100))
    [second] = merger.ready(101.1)
    assert (second.late, second.scheduled) == (0, 10)


@pytest.mark.parametrize(("warm_up_until", "warming"), [(0.0, [False] * 3), (101.5, [True, True, False])])
def test_warming_up_is_marked(warm_up_until: float, warming: list[bool]) -> None:
    merger = SecondMerger(1, 100, warm_up_until_unix=warm_up_until)
    assert [one.warming_up for one in merger.ready(103.5)] == warming
