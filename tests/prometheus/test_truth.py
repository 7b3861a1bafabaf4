"""A real Prometheus whose every event is known: what is read is what happened, less what died unseen."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from seatrial.prometheus.client import open_client
from seatrial.prometheus.reader import SliReader
from seatrial.prometheus.server import PrometheusServer
from seatrial.reading import Ratio, Unknown
from seatrial.series.asked import Asked
from seatrial.shop.monitor import Monitor
from seatrial.testing.backfill import Life, MadeUpTarget, backfill, openmetrics
from tests.prometheus.conftest import wall_s

pytestmark = pytest.mark.anyio
PLAYED_S = 14.0
BEFORE_S = 3.0
"""How long before the moment 0 of the cases they are read for the first time."""
STARTS_S = (3.0, 10.0, 30.0)
"""How long Prometheus may take to import it all and to start: a machine that is busy is given more time."""
PAST_S = 120.0


def steady(chance: random.Random, now_s: float, per_s: float) -> list[float]:
    return sorted(now_s + chance.uniform(-PAST_S, 60) for _ in range(round(per_s * (PAST_S + 60))))


def target(
    now_s: float, name: str, *lives: Life, bad: tuple[float, ...] = (), every_s: float = 1.0, seed: int = 1
) -> MadeUpTarget:
    """50 requests a second since long ago, and errors at these moments, counted from now."""
    chance = random.Random(f"{name}/{seed}")
    events = {"200": steady(chance, now_s, 50), "500": sorted(now_s + at_s for at_s in bad)}
    lives = lives or (Life(now_s - 1000),)
    already = {"200": 100_000} if lives[0].born_s < now_s else {}
    return MadeUpTarget(name, lives, events, every_s, now_s + chance.uniform(0, every_s), already)


def burst(at_s: float, seconds: float, count: int) -> tuple[float, ...]:
    return tuple(at_s + seconds * n / count for n in range(count))


Case = Callable[[float], list[MadeUpTarget]]
CASES: dict[str, Case] = {
    "steady": lambda now: [target(now, name) for name in "abc"],
    "first_error": lambda now: [target(now, name, bad=burst(4.3, 0.5, 17)) for name in "abc"],
    "short_burst": lambda now: [target(now, "a", bad=(-50.0, *burst(6.02, 0.3, 50))), target(now, "b")],
    "restart": lambda now: [
        target(now, "a", Life(now - 1000, now + 4.2), Life(now + 5.1), bad=burst(4.0, 2, 40)),
        target(now, "b"),
    ],
    "churn": lambda now: [
        target(now, "a", Life(now - 1000, now + 4.5)),
        target(now, "b", Life(now + 5.5)),
        target(now, "c"),
    ],
}


@dataclass
class Played:
    url: str
    now_s: float
    jobs: dict[str, list[MadeUpTarget]]


@pytest.fixture
def played(tmp_path: Path, require_program: Callable[..., Path]) -> Iterator[Played]:
    """All cases at once, each a job; their future comes to be known as time goes by."""
    require_program("prometheus")
    for number, starts_s in enumerate(STARTS_S):
        now_s = wall_s() + starts_s + BEFORE_S
        jobs = {name: make(now_s) for name, make in CASES.items()}
        text = "".join(openmetrics(targets, job, now_s - PAST_S, now_s + 50) for job, targets in jobs.items())
        folder = tmp_path / str(number)
        folder.mkdir()
        backfill(folder, text)
        with Monitor([], folder=folder) as monitor:
            if wall_s() <= now_s - BEFORE_S:
                yield Played(monitor.url, now_s, jobs)
                return
    pytest.fail(f"Prometheus took longer than {STARTS_S[-1]} s to start")


@dataclass
class Told:
    good: int = 0
    bad: int = 0
    unobserved: int = 0
    begin_s: float = 0.0
    end_s: float = 0.0
    unknown: int = 0
    rounds: int = 0


async def follow(url: str, job: str, told: dict[str, Told]) -> None:
    """Read as a run does, each second, and add up."""
    asked = Asked.model_validate(
        {
            "good": f'requests_total{{job="{job}",code!~"5.."}}',
            "total": f'requests_total{{job="{job}"}}',
            "may_be_missing": 1,
        }
    )
    mine = told[job] = Told()
    async with open_client(PrometheusServer(url=url)) as client:
        reader = SliReader(client, asked, "a test")
        began_s = anyio.current_time()
        while anyio.current_time() < began_s + PLAYED_S:
            reading = await reader.read()
            if isinstance(reading, Ratio):
                assert reading.observed is not None
                end_s = reader.client.now_s - reading.observed.age_s
                mine.begin_s = mine.begin_s or end_s - reading.observed.span_s
                mine.end_s = end_s
                mine.good, mine.bad = mine.good + reading.good, mine.bad + reading.bad
                mine.unobserved += reading.observed.unobserved
                mine.rounds += 1
            mine.unknown += isinstance(reading, Unknown)
            await anyio.sleep(1)


@pytest.mark.slow
async def test_what_is_read_is_what_happened(played: Played) -> None:
    told: dict[str, Told] = {}
    await anyio.sleep(played.now_s - BEFORE_S - wall_s())
    async with anyio.create_task_group() as readers:
        for job in played.jobs:
            readers.start_soon(follow, played.url, job, told)
    for job, targets in played.jobs.items():
        mine = told[job]
        assert mine.rounds >= 6, job
        assert mine.unknown == 0, job
        # Each target is told from its own scrape to its own: the outer and the inner span bound the truth.
        inner, outer = (
            sum(
                _lived(one, code, mine.begin_s + cut, mine.end_s - cut)
                for one in targets
                for code in ("200", "500")
            )
            for cut in (1.1, -0.1)
        )
        assert inner - mine.unobserved - 5 <= mine.good + mine.bad <= outer, job
    bursts = {
        job: [at for one in targets for at in one.events["500"]] for job, targets in played.jobs.items()
    }
    for job in ("first_error", "short_burst"):
        inside = [at for at in bursts[job] if told[job].begin_s + 1 < at < told[job].end_s - 1]
        assert len(inside) >= 50  # or this would have tested nothing
        assert told[job].bad == len(inside), job
    restarted = told["restart"]
    assert restarted.unobserved > 0
    assert 0 < restarted.bad <= 40
    assert restarted.bad >= 40 - restarted.unobserved
    assert told["steady"].unobserved == 0
    assert told["steady"].bad == 0


def _lived(target: MadeUpTarget, code: str, begin_s: float, end_s: float) -> int:
    """Events while there was a process to have them."""
    return sum(
        target.counted(code, max(begin_s, life.born_s), min(end_s, life.dies_s))
        for life in target.lives
        if life.born_s < end_s and life.dies_s > begin_s
    )
