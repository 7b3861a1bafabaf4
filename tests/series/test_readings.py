"""Buckets and counts as readings: exact where that is possible, an interval where it is not."""

import math

import pytest

from seatrial.histogram import count_above, decode, quantile_ms
from seatrial.reading import Latency, Ratio, Unknown, Value
from seatrial.series.asked import Asked
from seatrial.series.increments import EVERYTHING, Bucket, Growth, Key, Scrape
from seatrial.series.readings import latency_of, ratio_of, reading_of, within_bound
from seatrial.series.rounds import Round

INF = math.inf
OK: Key = ("x", (("code", "200"),))
BAD: Key = ("x", (("code", "500"),))
BUCKETS: dict[Bucket, float] = {(-INF, 0.1): 90, (0.1, 0.25): 3, (0.25, 0.5): 5, (0.5, INF): 2}


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


def test_every_duration_is_somewhere_in_its_bucket() -> None:
    reading = latency_of(BUCKETS, 0.95, 1e6)
    slowest, fastest = reading.decoded, decode(reading.at_best)
    assert slowest.get_total_count() == fastest.get_total_count() == 100
    assert quantile_ms(slowest, 0.95) == pytest.approx(500, rel=1e-3)
    assert quantile_ms(fastest, 0.95) == pytest.approx(250, rel=1e-3)
    assert quantile_ms(slowest, 0.99) == pytest.approx(3_600_000, rel=1e-3)
    assert quantile_ms(fastest, 0.99) == pytest.approx(500, rel=1e-3)
    assert [count_above(slowest, ms) for ms in (99, 100, 499, 500, 3_500_000)] == [100, 10, 7, 2, 2]


def test_buckets_in_milliseconds() -> None:
    assert quantile_ms(latency_of({(100, 250): 1}, 0.5, 1e3).decoded, 0.5) == pytest.approx(250, rel=1e-3)


def test_no_duration_is_an_empty_histogram() -> None:
    assert latency_of({(0, 0.1): 0}, 0.95, 1e6).decoded.get_total_count() == 0


@pytest.mark.parametrize(
    ("limit", "good", "unsure"), [(0.25, 93, 0), (0.5, 98, 0), (0.3, 93, 5), (0.05, 0, 90), (20, 98, 2)]
)
def test_within_a_limit(limit: float, good: int, unsure: int) -> None:
    reading = within_bound(BUCKETS, limit)
    assert reading == Ratio(good=good, total=100, unsure=unsure)
    assert reading.bad == 100 - good - unsure


def a_round(*growths: Growth, scrapes: tuple[Scrape, ...] = ()) -> Round:
    return Round(10, 15, growths, scrapes, seen=2, expected=3, unobserved=6.4)


def test_a_reading_tells_how_it_came_to_be() -> None:
    asked = Asked.model_validate({"total": "x", "good": 'x{code!~"5.."}'})
    growths = [
        Growth(10, 15, {OK: {EVERYTHING: 90}}),
        Growth(10, 15, {OK: {EVERYTHING: 8}, BAD: {EVERYTHING: 2}}),
    ]
    reading = reading_of(asked, a_round(*growths), now_s=17, source="Prometheus main")
    assert isinstance(reading, Ratio)
    assert (reading.good, reading.total) == (98, 100)
    assert reading.observed is not None
    assert reading.observed.model_dump() == {
        "span_s": 5,
        "age_s": 2,
        "unobserved": 6,
        "source": "2 of 3 targets, Prometheus main",
    }


def test_a_rate_is_of_each_target_s_own_time() -> None:
    asked = Asked.model_validate({"rate": "x"})
    growths = [Growth(10, 15, {OK: {EVERYTHING: 10}}), Growth(13, 15, {OK: {EVERYTHING: 10}})]
    reading = reading_of(asked, a_round(*growths), now_s=15, source="")
    assert isinstance(reading, Value)
    assert reading.values == {"rate": 7}


def test_a_gauge_is_of_one_moment() -> None:
    asked = Asked.model_validate({"gauge": "x", "combine": "max"})
    scrapes = (Scrape(14, {OK: {EVERYTHING: 3}}), Scrape(15, {OK: {EVERYTHING: 8}}))
    reading = reading_of(asked, a_round(scrapes=scrapes), now_s=15, source="")
    assert isinstance(reading, Value)
    assert reading.values == {"value": 8}


def test_a_native_histogram_is_read_like_any_other() -> None:
    asked = Asked.model_validate({"histogram": "x", "percentile": "p50"})
    growth = Growth(10, 15, {OK: {(0.088, 0.096): 10}})
    reading = reading_of(asked, a_round(growth), now_s=15, source="")
    assert isinstance(reading, Latency)
    assert quantile_ms(reading.decoded, 0.5) == pytest.approx(96, rel=1e-3)
    assert quantile_ms(decode(reading.at_best), 0.5) == pytest.approx(88, rel=1e-3)
