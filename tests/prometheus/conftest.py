"""A real Prometheus with a known past and future: no target to scrape, no time to wait."""

import datetime
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from seatrial.shop.monitor import Monitor
from seatrial.testing.backfill import Life, MadeUpTarget, backfill, openmetrics

PAST_S, FUTURE_S = 120.0, 90.0


def steady(now_s: float, name: str, *, per_s: float = 50, bad_share: float = 0.0) -> MadeUpTarget:
    """A target with requests at random moments, before and after now."""
    chance = random.Random(name)
    moments = sorted(now_s + chance.uniform(-PAST_S, FUTURE_S) for _ in range(round(per_s * 210)))
    bad = [at for at in moments if chance.random() < bad_share]
    events = {"200": [at for at in moments if at not in set(bad)], "500": bad}
    already = {"200": 100_000, "500": 10}
    return MadeUpTarget(name, (Life(now_s - 1000),), events, 1.0, now_s + chance.uniform(0, 1), already)


def played(folder: Path, targets: Sequence[MadeUpTarget], now_s: float, job: str = "shop") -> Monitor:
    """A Prometheus that will have scraped them; not yet started."""
    backfill(folder, openmetrics(targets, job, now_s - PAST_S, now_s + FUTURE_S))
    return Monitor([], folder=folder)


def wall_s() -> float:
    return datetime.datetime.now(datetime.UTC).timestamp()


@pytest.fixture
def shop_of_three(tmp_path: Path, require_program: Callable[..., Path]) -> Iterator[Monitor]:
    """Three targets, one request in a hundred fails, scraped every second."""
    require_program("prometheus")
    now_s = wall_s()
    with ExitStack() as stack:
        targets = [steady(now_s, name, bad_share=0.01) for name in "abc"]
        yield stack.enter_context(played(tmp_path, targets, now_s))
