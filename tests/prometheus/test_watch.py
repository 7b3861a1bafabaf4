"""What is asked of a server and made of its samples, where a real one would be hard to bring there."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from seatrial.prometheus.client import open_client
from seatrial.prometheus.reader import SliReader
from seatrial.prometheus.server import PrometheusServer
from seatrial.prometheus.watch import _escaped
from seatrial.reading import Latency, Ratio, Reading, Unknown
from seatrial.series.asked import Asked
from tests.net.server import reply, serving

pytestmark = pytest.mark.anyio
LABELS = {"job": "shop", "instance": "a:1"}
RATIO = {"good": 'x{code!~"5.."}', "total": "x"}


@dataclass
class Storage:
    """Samples by the name of their metric; the clock stands still until it is set."""

    now_s: float = 1000.0
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)

    def add(self, name: str, *values: tuple[float, Any], **labels: str) -> None:
        """One series; a histogram is a dictionary, a number anything else."""
        metric = {"__name__": name, **LABELS, **labels}
        kind = "histograms" if isinstance(values[0][1], dict) else "values"
        told = [[t, value if kind == "histograms" else str(value)] for t, value in values]
        self.samples.setdefault(name, []).append({"metric": metric, kind: told})

    def answer(self, request: bytes) -> bytes:
        query = parse_qs(request.partition(b"\r\n\r\n")[2].decode())["query"][0]
        self.queries.append(query)
        if query == "time()":
            return _success("scalar", [self.now_s, str(self.now_s)])
        if query.startswith("group by"):
            return _success("vector", [{"metric": LABELS, "value": [self.now_s, "1"]}])
        named = re.match(r'\{__name__=~"([\w|]+)"|(\w+)', query)
        assert named is not None
        names = (named[1] or named[2]).split("|")
        return _success("matrix", [one for name in names for one in self.samples.get(name, ())])


def _success(kind: str, result: Any) -> bytes:
    return reply(json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}))


@asynccontextmanager
async def watching(storage: Storage, asked: dict[str, Any]) -> AsyncIterator[SliReader]:
    async with serving(storage.answer) as server, open_client(PrometheusServer(url=server.url)) as client:
        yield SliReader(client, Asked.model_validate(asked), "a test")


def ups(*times: float) -> list[tuple[float, int]]:
    return [(t, 1) for t in times]


def native(**counts: int) -> dict[str, Any]:
    """Buckets of 88 to 96 ms and of 180 to 200 ms."""
    bounds = {"fast": ("0.088", "0.096"), "slow": ("0.18", "0.2")}
    return {
        "count": str(sum(counts.values())),
        "sum": "1",
        "buckets": [[0, *bounds[name], str(count)] for name, count in counts.items()],
    }


async def read(storage: Storage, asked: dict[str, Any]) -> Reading:
    async with watching(storage, asked) as reader:
        return await reader.read_once()


async def test_a_native_histogram() -> None:
    storage = Storage()
    storage.add("up", *ups(990, 995, 1000))
    storage.add(
        "x", (990, native(fast=10)), (995, native(fast=90, slow=1)), (1000, native(fast=100, slow=10))
    )
    p50 = await read(storage, {"histogram": "x", "percentile": "p50"})
    assert isinstance(p50, Latency)
    assert p50.durations.quantile_ms(0.5) == pytest.approx(96, rel=1e-3)
    within = await read(storage, {"histogram": "x", "within": "100 ms"})
    assert isinstance(within, Ratio)
    assert (within.good, within.total, within.unsure) == (90, 100, 0)
    between = await read(storage, {"histogram": "x", "within": "190 ms"})
    assert isinstance(between, Ratio)
    assert (between.good, between.total, between.unsure) == (90, 100, 10)


async def test_a_classic_histogram() -> None:
    storage = Storage()
    storage.add("up", *ups(995, 1000))
    for le, first, last in (("0.1", 5, 95), ("0.25", 5, 98), ("+Inf", 6, 106)):
        storage.add("x_bucket", (995, first), (1000, last), le=le)
    reading = await read(storage, {"histogram": "x", "within": "200 ms"})
    assert isinstance(reading, Ratio)
    assert (reading.good, reading.total, reading.unsure) == (90, 100, 3)


async def test_what_is_written_from_afar_series_by_series_is_waited_for() -> None:
    """`up` and one series of the newest scrape are there, the other is still on its way."""
    storage = Storage(now_s=1000.5)
    storage.add("up", *ups(990, 995, 1000))
    storage.add("x", (990, 100), (995, 150), (1000, 200), code="200")
    storage.add("x", (990, 10), (995, 20), code="500")
    late = await read(storage, RATIO)
    assert isinstance(late, Ratio)
    assert (late.good, late.total) == (50, 60)
    storage.now_s = 1005.5  # it never came: that series is no more
    gone = await read(storage, RATIO)
    assert isinstance(gone, Ratio)
    assert (gone.good, gone.total) == (100, 110)


async def test_a_newborn_series_of_a_target_that_was_bare() -> None:
    storage = Storage()
    storage.add("up", *ups(990, 995, 1000))
    storage.add("x", (1000, 7), code="200")
    reading = await read(storage, RATIO)
    assert isinstance(reading, Ratio)
    assert (reading.good, reading.total) == (7, 7)


async def test_a_typo_in_a_label_is_unknown_in_a_run_too() -> None:
    storage = Storage()
    storage.add("up", *ups(995, 1000))
    storage.add("x", (995, 1), (1000, 2), code="200")
    reading = await read(storage, {"good": 'x{cod!~"5.."}', "total": "x"})
    assert isinstance(reading, Unknown)
    assert "no series of it has a label 'cod'" in reading.reason


async def test_a_target_that_was_down_before_anybody_watched_is_missing() -> None:
    storage = Storage()
    storage.add("up", *ups(995, 1000))
    storage.add("up", (995, 0), (1000, 0), instance="b:1")
    storage.add("x", (995, 1), (1000, 2), code="200")
    reading = await read(storage, RATIO)
    assert reading == Unknown(reason="1 of 2 targets missing (shop/b:1: down)")
    only = {"good": 'x{instance="a:1",code!~"5.."}', "total": 'x{instance="a:1"}'}
    assert isinstance(await read(storage, only), Ratio)  # the other is not among those asked for


async def test_only_what_is_needed_is_asked() -> None:
    storage = Storage()
    storage.add("up", *ups(995, 1000))
    storage.add("x", (995, 1), (1000, 2), code="200")
    async with watching(storage, RATIO) as reader:
        await reader.read()
        first = len(storage.queries)
        await reader.read()
        asked = storage.queries[first:]
    assert asked == ['{__name__=~"up|process_start_time_seconds",job=~"shop"}[20000ms]', "x[20000ms]"]
    assert not any("rate(" in query or "increase(" in query for query in storage.queries)


@pytest.mark.parametrize("job", ["a.b", 'a"b', "a(b)|c"])
async def test_a_job_with_odd_letters_means_itself(job: str) -> None:
    in_promql = _escaped(job).replace(r"\\", "\\").replace(r"\"", '"')
    assert re.fullmatch(in_promql, job)
    assert not re.fullmatch(in_promql, "axb")
