"""Buckets and counts as readings: exact where that is possible, pessimistic where it is not."""

import math

import pytest

from seatrial.histogram import count_above, quantile_ms
from seatrial.reading import Latency, Ratio, Unknown
from seatrial.series.readings import counts_by_bound, latency_of, ratio_of, within_bound

INF = math.inf


def test_a_ratio() -> None:
    assert ratio_of(99, 100, part_is_bad=False) == Ratio(good=99, total=100)
    assert ratio_of(1, 100, part_is_bad=True) == Ratio(good=99, total=100)
    assert ratio_of(0, 0, part_is_bad=True) == Ratio(good=0, total=0)


def test_a_part_that_was_counted_a_moment_before_its_whole() -> None:
    assert ratio_of(102, 100, part_is_bad=False) == Ratio(good=100, total=100)
    assert ratio_of(1010, 1000, part_is_bad=True) == Ratio(good=0, total=1000)


@pytest.mark.parametrize(("part", "total"), [(103, 100), (1011, 1000), (3, 0)])
def test_a_part_that_is_none(part: int, total: int) -> None:
    reading = ratio_of(part, total, part_is_bad=False)
    assert reading == Unknown(reason=f"{part} good of {total} events: `good` is not a part of `total`")


def test_buckets_of_several_histograms() -> None:
    grown = [{0.1: 90, 0.5: 99, INF: 100}, {0.1: 10, 0.25: 20, INF: 20}]
    assert counts_by_bound(grown) == {0.1: 100, 0.25: 10, 0.5: 9, INF: 1}


def test_buckets_that_are_not_monotone() -> None:
    assert counts_by_bound([{0.1: 5, 0.5: 4, INF: 6}]) == {0.1: 5, 0.5: 0, INF: 1}


def test_every_duration_is_at_the_upper_bound_of_its_bucket() -> None:
    reading = latency_of({0.1: 90, 0.5: 8, INF: 2}, 0.95, 1e6)
    assert isinstance(reading, Latency)
    histogram = reading.decoded
    assert histogram.get_total_count() == 100
    assert quantile_ms(histogram, 0.5) == pytest.approx(100, rel=1e-3)
    assert quantile_ms(histogram, 0.95) == pytest.approx(500, rel=1e-3)
    assert quantile_ms(histogram, 0.99) == pytest.approx(3_600_000, rel=1e-3)
    assert [count_above(histogram, ms) for ms in (99, 100, 499, 500, 3_500_000)] == [100, 10, 10, 2, 2]


def test_buckets_in_milliseconds() -> None:
    assert quantile_ms(latency_of({250: 1}, 0.5, 1e3).decoded, 0.5) == pytest.approx(250, rel=1e-3)


def test_no_duration_is_an_empty_histogram() -> None:
    assert latency_of({0.1: 0, INF: 0}, 0.95, 1e6).decoded.get_total_count() == 0


def test_within_a_bound_is_exact() -> None:
    grown = [{0.1: 90, 0.3: 99, INF: 100}, {0.1: 1, 0.3: 1, INF: 1}]
    assert within_bound(grown, 0.3) == Ratio(good=100, total=101)


def test_between_bounds_nothing_is_known() -> None:
    reading = within_bound([{0.1: 90, 0.5: 99, INF: 100}], 0.3)
    assert reading == Unknown(reason="no bucket ends at 0.3; the nearest end at 0.1 and 0.5")
    beyond = within_bound([{0.1: 90, INF: 100}], 0.3)
    assert beyond == Unknown(reason="no bucket ends at 0.3; the nearest end at 0.1")
