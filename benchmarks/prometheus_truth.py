"""What is read of a Prometheus against the truth: counts, success ratio and latency while replicas die.

The first table is a live service: three replicas with an error share of 5 % and a delay of 140 ms, 150
requests a second sent straight to them, each killed once and restarted by its supervisor. The truth is
what the clients got, within the time that each reader speaks of. `increase()` is asked as people do, by an
instant query over the whole time, through `chaosprometheus.probes.query`, which gives the answer as it is.

The second is backfilled: 50 errors within 2 s among 50 requests a second, somewhere in a window of a minute.
"""

import asyncio
import datetime
import logging
import os
import random
import signal
import sys
import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import anyio

from seatrial.prometheus.answers import Series
from seatrial.prometheus.client import open_client
from seatrial.prometheus.reader import SliReader
from seatrial.prometheus.samples import Moments, add_counts
from seatrial.prometheus.server import PrometheusServer
from seatrial.reading import Latency, Ratio
from seatrial.series.asked import Asked
from seatrial.series.increments import Scrape
from seatrial.series.readings import reading_of
from seatrial.series.rounds import Rounds
from seatrial.shop import Shop
from seatrial.shop.monitor import Monitor
from seatrial.testing.backfill import Life, MadeUpTarget, backfill, openmetrics
from seatrial.verdict.doubt import at_fastest

LIVE_S = 60.0
USERS = 30
DELAY_MS = 140
"""Well within a bucket, whose bounds are 100 and 250 ms."""
EVERY_S = (1.0, 5.0)
GOOD, TOTAL = 'http_requests_total{job="shop",code!~"5.."}', 'http_requests_total{job="shop"}'
DURATIONS = 'http_request_duration_seconds{job="shop"}'
RATIO = {"good": GOOD, "total": TOTAL, "may_be_missing": 2}
P95 = {"histogram": DURATIONS, "percentile": "p95", "may_be_missing": 2}
BURSTS = 60


@dataclass
class Truth:
    """What clients got: when each answer came, whether it was an error, and how long it took."""

    at_s: list[float] = field(default_factory=list)
    bad: list[bool] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    def within(self, begin_s: float, end_s: float) -> slice:
        return slice(bisect_right(self.at_s, begin_s), bisect_right(self.at_s, end_s))


@dataclass
class Told:
    """What a reader said, added up."""

    good: int = 0
    total: int = 0
    unobserved: int = 0
    begin_s: float = 0.0
    end_s: float = 0.0
    unknown: int = 0
    slowest: list[Latency] = field(default_factory=list)


def wall_s() -> float:
    return datetime.datetime.now(datetime.UTC).timestamp()


async def use(shop: Shop, truth: Truth, number: int) -> None:
    """One user, who asks one replica after the other."""
    turn = number
    while True:
        turn += 1
        began_s = anyio.current_time()
        try:
            status = await ask(shop.replicas[turn % 3].port)
        except (OSError, asyncio.IncompleteReadError):  # it is dead: nobody counted this
            await anyio.sleep(0.1)
            continue
        took_s = anyio.current_time() - began_s
        truth.at_s.append(wall_s())
        truth.bad.append(status >= 500)
        truth.took_ms.append(took_s * 1000)
        await anyio.sleep(max(0.0, USERS / 150 - took_s))


async def ask(port: int) -> int:
    """The status of one answer; a client of a few lines, for its own time is in what it measures."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /products HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        return int(head.split(b" ")[1])
    finally:
        writer.close()


async def follow(url: str, asked: dict[str, object], told: Told) -> None:
    """Read as a run does."""
    async with open_client(PrometheusServer(url=url)) as client:
        reader = SliReader(client, Asked.model_validate(asked), "a benchmark")
        while True:
            reading = await reader.read()
            told.unknown += reading is not None and reading.kind == "unknown"
            if isinstance(reading, Ratio | Latency) and reading.observed is not None:
                end_s = client.now_s - reading.observed.age_s
                told.begin_s = told.begin_s or end_s - reading.observed.span_s
                told.end_s = end_s
                told.unobserved += reading.observed.unobserved
            if isinstance(reading, Ratio):
                told.good, told.total = told.good + reading.good, told.total + reading.total
            if isinstance(reading, Latency):
                told.slowest.append(reading)
            await anyio.sleep(1)


async def live() -> list[str]:
    """The rows of the first table."""
    with Shop(dial=True, service_ms=5) as shop:
        addresses = [f"127.0.0.1:{one.port}" for one in shop.replicas]
        with Monitor(addresses, every_s=EVERY_S[0]) as quick, Monitor(addresses, every_s=EVERY_S[1]) as slow:
            truth = Truth()
            ratios, latencies = [Told(), Told()], [Told(), Told()]
            async with anyio.create_task_group() as tasks:
                for index in range(3):
                    shop.set_dial(error_share=0.05, delay_ms=DELAY_MS, replica=index)
                for number in range(USERS):
                    tasks.start_soon(use, shop, truth, number)
                await anyio.sleep(20)
                for monitor, ratio, latency in zip((quick, slow), ratios, latencies, strict=True):
                    tasks.start_soon(follow, monitor.url, RATIO, ratio)
                    tasks.start_soon(follow, monitor.url, P95, latency)
                for index in range(3):
                    await anyio.sleep(LIVE_S / 4)
                    victim = shop.replicas[index]
                    os.kill(victim.pid, signal.SIGKILL)
                    await anyio.to_thread.run_sync(shop.wait_restarted, victim)
                    shop.set_dial(error_share=0.05, delay_ms=DELAY_MS, replica=index)
                await anyio.sleep(LIVE_S / 4)
                asked = [(m, s) for m, s in zip((quick, slow), EVERY_S, strict=True)]
                rows = [row for m, s in asked for row in by_increase(m.url, s, truth)]
                tasks.cancel_scope.cancel()
    ours = [our_row(s, r, one, truth) for s, r, one in zip(EVERY_S, ratios, latencies, strict=True)]
    return [*ours, *rows]


def our_row(every_s: float, ratio: Told, latency: Told, truth: Truth) -> str:
    """Counts between what surely and what possibly fell into its span: targets have phases of their own."""
    begin_s, end_s = ratio.begin_s, ratio.end_s
    inner, outer = truth.within(begin_s + every_s, end_s - every_s), truth.within(begin_s, end_s)
    least, most = len(truth.at_s[inner]), len(truth.at_s[outer])
    true_share = 1 - sum(truth.bad[outer]) / most
    error = (ratio.good / ratio.total - true_share) * 100
    took = sorted(truth.took_ms[truth.within(latency.begin_s, latency.end_s)])
    true_p95 = took[int(0.95 * len(took))]
    low, high = (merged_p95(latency.slowest, fastest=fastest) for fastest in (True, False))
    return (
        f"| **Seatrial**, scraped every {every_s:g} s | {least:,} to {most:,} | {ratio.total:,} "
        f"| {ratio.unobserved:,} | {error:+.2f} | {true_p95:.0f} | {low:.0f} to {high:.0f} |"
    )


def merged_p95(readings: list[Latency], *, fastest: bool) -> float:
    from seatrial.durations import Durations

    each = [at_fastest(one) if fastest else one for one in readings]
    return Durations.sum(one.durations for one in each).quantile_ms(0.95)


def by_increase(url: str, every_s: float, truth: Truth) -> list[str]:
    """The same minute by `increase` and `histogram_quantile`."""
    window = f"{LIVE_S:g}s"
    queries = {
        "`sum(increase())`": (f"sum(increase({GOOD}[{window}]))", f"sum(increase({TOTAL}[{window}]))"),
        "`increase(sum()[:1s])`": (
            f"increase(sum({GOOD})[{window}:1s])",
            f"increase(sum({TOTAL})[{window}:1s])",
        ),
    }
    bucket = DURATIONS.replace("seconds", "seconds_bucket", 1)
    p95 = number(url, f"histogram_quantile(0.95, sum by (le) (increase({bucket}[{window}])))") * 1000
    now_s = wall_s()
    seen = truth.within(now_s - LIVE_S, now_s)
    true_total, true_bad = len(truth.at_s[seen]), sum(truth.bad[seen])
    took = sorted(truth.took_ms[seen])
    rows = []
    for name, (good, total) in queries.items():
        counted, of_all = number(url, good), number(url, total)
        error = (counted / of_all - (1 - true_bad / true_total)) * 100
        rows.append(
            f"| {name}, scraped every {every_s:g} s | {true_total:,} | {of_all:,.0f} | - | {error:+.2f} "
            f"| {took[int(0.95 * len(took))]:.0f} | {p95:.0f} |"
        )
    return rows


def number(url: str, query: str) -> float:
    """Through chaostoolkit-prometheus, which needs a logger that it does not ask for."""
    sys.modules.setdefault("logzero", SimpleNamespace(logger=logging.getLogger(__name__)))  # type: ignore[arg-type]
    from chaosprometheus.probes import query as ask

    answer = ask(query, configuration={"prometheus_base_url": url})
    return float(answer["data"]["result"][0]["value"][1])


def bursty(now_s: float, number: int, every_s: float) -> MadeUpTarget:
    chance = random.Random(f"{number}/{every_s}")
    good = sorted(now_s + chance.uniform(-300, 0) for _ in range(15_000))
    begin_s = now_s - 90 - chance.uniform(0, 60)
    bad = [begin_s + 2 * n / 50 for n in range(50)]
    phase_s = now_s + chance.uniform(0, every_s)
    return MadeUpTarget(
        "a", (Life(now_s - 1000),), {"200": good, "500": bad}, every_s, phase_s, {"200": 9, "500": 9}
    )


async def bursts(every_s: float) -> list[str]:
    """The rows of the second table for one scrape interval."""
    now_s = wall_s()
    made = {f"job{number}": bursty(now_s, number, every_s) for number in range(BURSTS)}
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(openmetrics([one], job, now_s - 300, now_s) for job, one in made.items())
        backfill(Path(folder), text)
        with Monitor([], folder=Path(folder)) as monitor:
            async with open_client(PrometheusServer(url=monitor.url)) as client:
                found: defaultdict[str, list[float]] = defaultdict(list)
                for job, one in made.items():
                    truth = len(one.events["500"])
                    begin_s = one.events["500"][0] - random.Random(job).uniform(0, 58)
                    answer = await client.query(f'requests_total{{job="{job}"}}[300s]')
                    found["Seatrial"].append(ours(answer.series, job, begin_s, begin_s + 60) / truth)
                    query = (
                        f'sum(increase(requests_total{{job="{job}",code="500"}}[60s] @ {begin_s + 60:.3f}))'
                    )
                    asked = (await client.query(query)).series
                    value = asked[0].value if asked else None
                    found["`increase(bad[60s])`"].append((value[1] if value else 0.0) / truth)
    return [
        f"| {'**Seatrial**' if name == 'Seatrial' else name}, scraped every {every_s:g} s "
        f"| {median(shares):.2f} | {min(shares):.2f} to {max(shares):.2f} "
        f"| {sum(share < 0.01 for share in shares)} of {BURSTS} |"
        for name, shares in found.items()
    ]


def ours(series: Sequence[Series], job: str, begin_s: float, end_s: float) -> float:
    """The bad events that are told of a window, by the rounds that touch it."""
    asked = Asked.model_validate({"bad": 'requests_total{code="500"}', "total": "requests_total"})
    moments: defaultdict[str, Moments] = defaultdict(Moments)
    add_counts(moments, series, "requests_total")
    rounds, bad = Rounds(asked.is_whole), 0
    for t_s, counts in sorted(moments[f"{job}/a"].counts.items()):
        rounds.take("a", Scrape(t_s, counts))
        done = rounds.complete(t_s, 60)
        if done is not None and done.begin_s < end_s and begin_s < done.end_s:
            reading = reading_of(asked, done, now_s=t_s, source="")
            bad += reading.bad if isinstance(reading, Ratio) else 0
    return bad


def main() -> str:
    rows = [
        "| read | true requests | told | said to be unobserved | success ratio off by, points "
        "| true p95, ms | told, ms |",
        "|---|---|---|---|---|---|---|",
        *anyio.run(live),
        "",
        "| a burst between scrapes | told of what was true, median | lowest to highest | told as nothing |",
        "|---|---|---|---|",
        *(row for every_s in (5.0, 15.0, 30.0) for row in anyio.run(bursts, every_s)),
    ]
    return "\n".join(rows)
