"""openmetrics: what was counted between two scrapes, and unknown wherever that cannot be said."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from seatrial.histogram import decode, quantile_ms
from seatrial.measure import Measure
from seatrial.probe import SparseReader
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value
from tests.net.server import Server, free_port, reply, serving
from tests.probes.conftest import Make

pytestmark = pytest.mark.anyio

RATIO = {"good": 'r_total{code!~"5.."}', "total": "r_total"}


@dataclass
class Target:
    """A metrics page that a test writes."""

    server: Server
    lines: list[str]
    status: int = 200

    @property
    def url(self) -> str:
        return self.server.url

    def counts(self, **codes: int) -> None:
        self.lines[:] = [f'r_total{{code="{code.strip("_")}"}} {count}' for code, count in codes.items()]

    def buckets(self, *counts: int) -> None:
        bounds = ("0.1", "0.5", "+Inf")
        self.lines[:] = [
            f'h_bucket{{le="{bound}"}} {count}' for bound, count in zip(bounds, counts, strict=True)
        ]


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    lines: list[str] = []
    holder: list[Target] = []
    async with serving(lambda _: reply("\n".join(lines) + "\n", holder[0].status)) as server:
        holder.append(Target(server, lines))
        yield holder[0]


async def why(read: SparseReader) -> str:
    reading = await read()
    assert isinstance(reading, Unknown), reading
    return reading.reason


async def seen(read: SparseReader) -> Reading | None:
    """What was read, without how it came to be."""
    reading = await read()
    return None if reading is None else reading.model_copy(update={"observed": None})


async def test_a_ratio_of_what_was_counted_since_the_scrape_before(make: Make) -> None:
    async with target() as page, make("openmetrics", url=page.url, **RATIO).reader() as read:
        page.counts(_200=1000, _500=10)
        assert await read() is None  # nothing to compare with
        page.counts(_200=1090, _500=20)
        assert await seen(read) == Ratio(good=90, total=100)
        assert await seen(read) == Ratio(good=0, total=0)
        page.counts(_200=1099, _500=20, _503=1)  # a new kind of error, and of series
        assert await seen(read) == Ratio(good=9, total=10)
        page.counts(_200=5)  # restarted
        reading = await read()
        assert reading is not None
        assert reading.observed is not None
        assert reading.observed.source == "1 of 1 targets, their own pages"
        assert 0 < reading.observed.span_s < 30
        assert reading.model_copy(update={"observed": None}) == Ratio(good=5, total=5)
        assert page.server.connections == 1


async def test_bad_instead_of_good(make: Make) -> None:
    probe = make("openmetrics", bad='r_total{code=~"5.."}', total="r_total", url="http://h/")
    assert (probe.measure, probe.counts_bad) == (Measure.RATIO, False)
    async with target() as page, probe.model_copy(update={"url": page.url}).reader() as read:
        page.counts(_200=10)
        await read()
        page.counts(_200=19)
        assert await seen(read) == Ratio(good=9, total=9)  # no error yet: that is no missing series
        page.counts(_200=19, _500=1)
        assert await seen(read) == Ratio(good=0, total=1)


async def test_a_typo_never_makes_a_perfect_service(make: Make) -> None:
    async with target() as page:
        page.counts(_200=10, _500=5)
        said = {
            'r_total{cod!~"5.."}': "r_total{cod!~\"5..\"}: no series of it has a label 'cod'",
            'r_totl{code!~"5.."}': "there is no metric r_totl",
        }
        for selector, reason in said.items():
            for part in ("good", "bad"):
                keys = {part: selector, "total": "r_total"}
                async with make("openmetrics", url=page.url, **keys).reader() as read:
                    assert await why(read) == reason


async def test_no_series_of_the_whole_is_unknown(make: Make) -> None:
    async with target() as page, make("openmetrics", url=page.url, **RATIO).reader() as read:
        page.lines[:] = ["other 1"]
        assert await why(read) == "there is no metric r_total"
        page.lines[:] = ["# TYPE r_total counter"]
        assert await why(read) == "no series matches r_total"
        page.counts(_200=7)
        assert await seen(read) == Ratio(good=7, total=7)


async def test_several_pages_are_added_up_series_by_series(make: Make) -> None:
    async with (
        target() as one,
        target() as two,
        make("openmetrics", url=[one.url, two.url], **RATIO).reader() as read,
    ):
        one.counts(_200=1000, _500=0)
        two.counts(_200=5000, _500=0)
        await read()
        one.counts(_200=1010, _500=1)
        two.counts(_200=3, _500=2)  # this one was restarted: its past stays out of the sum
        assert await seen(read) == Ratio(good=13, total=16)


async def test_a_silent_page_makes_it_unknown_unless_that_was_allowed(make: Make) -> None:
    dead = f"127.0.0.1:{free_port()}"
    async with target() as page:
        urls = [page.url, f"http://user:secret@{dead}/metrics?token=secret"]
        strict = make("openmetrics", url=urls, **RATIO)
        lenient = make("openmetrics", url=urls, may_be_missing=1, **RATIO)
        async with strict.reader() as read, lenient.reader() as read_leniently:
            for count in (10, 20):
                page.counts(_200=count)
                assert await why(read) == f"1 of 2 targets missing ({dead}: connection refused)"
                last = await seen(read_leniently)
            assert last == Ratio(good=10, total=10)
        all_dead = make("openmetrics", url=urls[1], may_be_missing=1, **RATIO)
        async with all_dead.reader() as read:
            assert await why(read) == f"1 of 1 targets missing ({dead}: connection refused)"


async def test_a_page_that_comes_later_starts_with_its_first_scrape(make: Make) -> None:
    async with target() as one, target() as late:
        late.status = 503
        async with make("openmetrics", url=[one.url, late.url], may_be_missing=1, **RATIO).reader() as read:
            one.counts(_200=10)
            late.counts(_200=10_000)
            assert await read() is None
            late.status = 200
            one.counts(_200=11)
            assert await seen(read) == Ratio(good=1, total=1)  # nobody knows since when it counts
            one.counts(_200=12)
            late.counts(_200=10_002)
            assert await seen(read) == Ratio(good=3, total=3)


async def test_a_process_that_began_while_it_was_watched_is_counted_from_its_birth(make: Make) -> None:
    async with target() as one, target() as new:
        new.status = 503
        async with make("openmetrics", url=[one.url, new.url], may_be_missing=1, **RATIO).reader() as read:
            one.counts(_200=10)
            await read()
            new.status = 200
            new.counts(_200=7)
            new.lines.append(f"process_start_time_seconds {datetime.datetime.now(datetime.UTC).timestamp()}")
            assert await seen(read) == Ratio(good=7, total=7)


async def test_a_restart_that_the_counters_do_not_show(make: Make) -> None:
    async with target() as page, make("openmetrics", url=page.url, **RATIO).reader() as read:
        for started_s, count in ((1_000_000, 10), (1_000_100, 25)):
            page.counts(_200=count)
            page.lines.append(f"process_start_time_seconds {started_s}")
            last = await seen(read)
        assert last == Ratio(good=25, total=25)


@pytest.mark.parametrize(
    ("status", "line", "said"),
    [
        (503, "r_total 1", "answered 503"),
        (200, "r_total one", "not a page in the Prometheus text format: "),
        (200, "r_total NaN", "r_total is nan"),
        (200, "r_total +Inf", "r_total is inf"),
        (200, "<html>", "there is no metric r_total"),
    ],
)
async def test_pages_that_say_nothing(make: Make, status: int, line: str, said: str) -> None:
    async with target() as page:
        page.status, page.lines[:] = status, [line]
        for keys in ({"bad": "r_total", "total": "r_total"}, {"gauge": "r_total"}):
            async with make("openmetrics", url=page.url, **keys).reader() as read:
                assert said in await why(read)


async def test_a_percentile_takes_the_upper_bound_of_each_bucket(make: Make) -> None:
    probe = make("openmetrics", url="http://h/", histogram="h", percentile="p95")
    assert (probe.measure, probe.quantile, probe.quantities) == (Measure.LATENCY, 0.95, {})
    async with target() as page, probe.model_copy(update={"url": page.url}).reader() as read:
        page.buckets(500, 500, 500)
        assert await read() is None
        page.buckets(590, 599, 600)
        reading = await read()
        assert isinstance(reading, Latency)
        assert reading.quantile == 0.95
        assert reading.decoded.get_total_count() == 100
        assert quantile_ms(reading.decoded, 0.95) == pytest.approx(500, rel=1e-3)
        assert quantile_ms(decode(reading.at_best), 0.95) == pytest.approx(100, rel=1e-3)
        page.buckets(590, 599, 601)
        slow = await read()
        assert isinstance(slow, Latency)
        assert quantile_ms(slow.decoded, 0.95) == pytest.approx(3_600_000, rel=1e-3)  # nobody knows how long


async def test_the_share_within_a_bound(make: Make) -> None:
    async with target() as page:
        exact = make("openmetrics", url=page.url, histogram="h", within="500 ms")
        between = make("openmetrics", url=page.url, histogram="h", within="300 ms")
        assert exact.measure is Measure.RATIO
        async with exact.reader() as read, between.reader() as read_between:
            page.buckets(0, 0, 0)
            await read()
            await read_between()
            page.buckets(90, 98, 100)
            assert await seen(read) == Ratio(good=98, total=100)
            # Eight lie between 0.1 s and 0.5 s, and nobody can say on which side of 0.3 s.
            assert await seen(read_between) == Ratio(good=90, total=100, unsure=8)


async def test_a_histogram_in_milliseconds(make: Make) -> None:
    async with target() as page:
        keys = {"histogram": 'ms{path="/a"}', "within": "250 ms", "unit": "ms"}
        async with make("openmetrics", url=page.url, **keys).reader() as read:
            for count in (0, 7):
                page.lines[:] = [
                    f'ms_bucket{{path="{path}",le="{bound}"}} {count}'
                    for path in ("/a", "/b")
                    for bound in ("250", "+Inf")
                ]
                last = await seen(read)
            assert last == Ratio(good=7, total=7)


async def test_no_histogram(make: Make) -> None:
    async with (
        target() as page,
        make("openmetrics", url=page.url, histogram="h", percentile="p5").reader() as read,
    ):
        page.lines[:] = ["h 5"]
        assert await why(read) == "no series matches h"
        page.lines[:] = ["h_bucket 5"]
        assert "h has no bucket bound `le`, so it is no histogram" in await why(read)


@pytest.mark.parametrize(("combine", "value"), [("sum", 9.0), ("max", 7.0), ("min", 2.0), ("mean", 4.5)])
async def test_a_gauge(make: Make, combine: str, value: float) -> None:
    probe = make("openmetrics", url="http://h/", gauge="queue", combine=combine)
    assert (probe.measure, probe.quantities) == (Measure.VALUE, {"value": ""})
    async with target() as page, probe.model_copy(update={"url": page.url}).reader() as read:
        page.lines[:] = ['queue{q="a"} 2', 'queue{q="b"} 7']
        assert await seen(read) == Value(values={"value": value})
        page.lines[:] = ["# TYPE queue gauge"]
        assert await why(read) == "no series matches queue"
        page.lines[:] = ["queue 3"]
        assert await seen(read) == Value(values={"value": 3})


async def test_a_rate(make: Make) -> None:
    probe = make("openmetrics", url="http://h/", rate="r_total")
    assert probe.quantities == {"rate": "/s"}
    async with target() as page, probe.model_copy(update={"url": page.url}).reader() as read:
        page.counts(_200=0)
        await read()
        page.counts(_200=100)
        reading = await read()
    assert isinstance(reading, Value)
    rate = reading.values["rate"]
    assert isinstance(rate, float)
    assert 100 / 5 < rate < 100 / 1e-4  # 100 events in the moment between two scrapes


async def test_a_page_that_hangs_ends_at_its_own_timeout(make: Make) -> None:
    async with (
        serving(lambda _: None) as server,
        make("openmetrics", url=server.url, timeout="50 ms", **RATIO).reader() as read,
    ):
        said = await why(read)
    assert said == f"1 of 1 targets missing (127.0.0.1:{server.port}: no answer within 50 ms)"


async def test_a_page_is_asked_for_as_text(make: Make) -> None:
    async with target() as page:
        page.counts(_200=1)
        await make("openmetrics", url=page.url, **RATIO).read()
        assert b"Accept: text/plain;version=0.0.4\r\n" in page.server.requests[0]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "exactly one of `total`, `histogram`, `gauge` or `rate`"),
        ({"total": "x"}, "`total` goes with exactly one of `good` or `bad`"),
        ({"good": "x"}, "exactly one of `total`, `histogram`, `gauge` or `rate`"),
        ({"total": "x", "good": "x", "bad": "x"}, "`total` goes with exactly one of `good` or `bad`"),
        ({"gauge": "x", "rate": "x"}, "exactly one of `total`, `histogram`, `gauge` or `rate`"),
        ({"gauge": "x", "good": "x"}, "`total` goes with exactly one of `good` or `bad`"),
        ({"histogram": "x"}, "`histogram` goes with exactly one of `percentile` or `within`"),
        ({"histogram": "x", "percentile": "95"}, "should match pattern"),
        ({"histogram": "x", "percentile": "p0"}, "`p0` is no percentile"),
        ({"gauge": "sum(x)"}, "selects no series"),
        ({"gauge": "x", "url": []}, "at least 1 item"),
        ({"gauge": "x", "url": None}, "by `url` or by `targets`, exactly one"),
        ({"gauge": "x", "targets": {"process": {"cmdline": "y"}}}, "by `url` or by `targets`, exactly one"),
        ({"gauge": "x", "url": None, "targets": {"host": {}}}, "names no page"),
    ],
)
def test_what_is_refused(make: Make, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make("openmetrics", **{"url": "http://h/", **keys})
