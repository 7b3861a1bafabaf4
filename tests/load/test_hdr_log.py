"""HdrHistogram's own reader understands the log."""

from pathlib import Path

import pytest
from hdrh.log import HistogramLogReader

from seatrial import histogram
from seatrial.load.hdr_log import hdr_log, write_hdr_log
from seatrial.load.second import LoadSecond, RequestSecond


def of(*latencies_us: int, service_us: int) -> RequestSecond:
    return RequestSecond(
        latency=histogram.encode(histogram.of_counts(dict.fromkeys(latencies_us, 1))),
        service=histogram.encode(histogram.of_counts({service_us: 1})),
        total=len(latencies_us),
        failed=0,
    )


SECONDS = [
    LoadSecond(second_unix=1_800_000_000, requests={"read, all": of(1000, 4000, service_us=900)}),
    LoadSecond(second_unix=1_800_000_001),
    LoadSecond(second_unix=1_800_000_002, requests={"50%\n": of(7000, service_us=7)}),
]


@pytest.mark.parametrize(("kind", "largest_us"), [("latency", (4000, 7000)), ("service", (900, 7))])
def test_round_trip(tmp_path: Path, kind: str, largest_us: tuple[int, int]) -> None:
    assert kind in ("latency", "service")
    path = tmp_path / "run.hlog"
    write_hdr_log(SECONDS, path, "latency" if kind == "latency" else "service")
    reader = HistogramLogReader(str(path), histogram.new())
    first, second, end = (reader.get_next_interval_histogram() for _ in range(3))
    reader.close()
    assert (first.get_tag(), second.get_tag(), end) == ("read%2C%20all", "50%25%0A", None)
    assert reader.get_start_time_sec() == 1_800_000_000
    assert first.get_start_time_stamp() == 1_800_000_000_000
    assert second.get_start_time_stamp() == 1_800_000_002_000
    assert second.get_end_time_stamp() - second.get_start_time_stamp() == 1000
    assert (first.get_max_value(), second.get_max_value()) == pytest.approx(largest_us, rel=1e-3)


def test_the_interval_s_maximum_is_in_milliseconds() -> None:
    lines = list(hdr_log(SECONDS))
    assert any(line.startswith("Tag=50%25%0A,2.000,1.000,7.003,HISTFAAA") for line in lines)


def test_no_seconds_make_an_empty_log() -> None:
    assert all(line.startswith("#") for line in hdr_log([]))
