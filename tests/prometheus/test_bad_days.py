"""A Prometheus that answers badly, late or not at all: unknown with the reason, and nothing lost."""

import os
import re
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import anyio
import anyio.abc
import pytest

from seatrial.prometheus.client import open_client
from seatrial.prometheus.reader import SliReader
from seatrial.prometheus.server import PrometheusServer
from seatrial.reading import Ratio, Reading, Unknown
from seatrial.series.asked import Asked
from seatrial.shop.monitor import Monitor
from tests.prometheus.proxy import Mood, before

pytestmark = pytest.mark.anyio
ASKED = Asked.model_validate(
    {"good": 'requests_total{job="shop",code!~"5.."}', "total": 'requests_total{job="shop"}'}
)
SAID: dict[Mood, str] = {
    "slow": "no answer within 300 ms",
    "503": "answered 503",
    "cut": "the connection was closed|no answer within|connection broke",
    "partial": "1 of 3 targets missing",
    "warning": "answered with a warning: store not reachable",
    "stale": r"no new sample|\d of 3 targets missing",
    "empty": r"no new sample|\d of 3 targets missing",
    "nan": "requests_total is nan",
}


@dataclass
class Followed:
    """What a reader said, each second."""

    reader: SliReader
    readings: list[Reading] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)

    async def run(self) -> None:
        while True:
            reading = await self.reader.read()
            if reading is not None:
                self.readings.append(reading)
                self._news.set()
                self._news = anyio.Event()
            await anyio.sleep(0.5)

    async def until(self, wanted: Callable[[Reading], bool], within_s: float = 15) -> Reading:
        """The next reading of that kind."""
        begin = len(self.readings)
        with anyio.fail_after(within_s):
            while not any(map(wanted, self.readings[begin:])):
                await self._news.wait()
        return next(filter(wanted, self.readings[begin:]))


def is_ratio(reading: Reading) -> bool:
    return isinstance(reading, Ratio)


def is_unknown(reading: Reading) -> bool:
    return isinstance(reading, Unknown)


async def follow(stack: AsyncExitStack, tasks: anyio.abc.TaskGroup, url: str) -> Followed:
    server = PrometheusServer(url=url, timeout="300 ms")  # type: ignore[arg-type]  # as it is written
    client = await stack.enter_async_context(open_client(server))
    followed = Followed(SliReader(client, ASKED, "a test"))
    tasks.start_soon(followed.run)
    return followed


async def spoil(tasks: anyio.abc.TaskGroup, port: int, mood: Mood, done: dict[Mood, Followed]) -> None:
    """Well, then in this mood, then well again."""
    async with AsyncExitStack() as stack, anyio.create_task_group() as mine:
        proxy = await stack.enter_async_context(before(port))
        followed = await follow(stack, mine, proxy.url)
        await followed.until(is_ratio)
        proxy.mood = mood
        await followed.until(is_unknown)
        proxy.mood = "well"
        await followed.until(is_ratio)
        done[mood] = followed
        mine.cancel_scope.cancel()


async def test_a_proxy_in_every_mood(shop_of_three: Monitor) -> None:
    done: dict[Mood, Followed] = {}
    async with anyio.create_task_group() as tasks:
        for mood in SAID:
            tasks.start_soon(spoil, tasks, shop_of_three.port, mood, done)
    for mood, followed in done.items():
        reasons = {reading.reason for reading in followed.readings if isinstance(reading, Unknown)}
        assert any(re.search(SAID[mood], reason) for reason in reasons), (mood, reasons)
        assert all(re.search(f"{SAID[mood]}|no answer within", reason) for reason in reasons), (mood, reasons)
        ratios = [reading for reading in followed.readings if isinstance(reading, Ratio)]
        # 150 events a second, 1 % of them bad: never a perfect service, never an empty one.
        total = sum(reading.total for reading in ratios)
        assert total > 200, mood
        assert 0 < sum(reading.bad for reading in ratios) / total < 0.04, mood


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "stopped", "emptied"])
async def test_a_prometheus_that_goes_and_comes_back(shop_of_three: Monitor, how: str) -> None:
    async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:
        followed = await follow(stack, tasks, shop_of_three.url)
        await followed.until(is_ratio)
        began_s = anyio.current_time()
        os.kill(shop_of_three.pid, signal.SIGSTOP if how == "stopped" else signal.SIGKILL)
        unknown = await followed.until(is_unknown)
        assert isinstance(unknown, Unknown)
        assert unknown.reason in ("no answer within 300 ms", "connection refused", "the connection broke")
        assert anyio.current_time() - began_s < 6
        await anyio.sleep(2)
        if how == "stopped":
            os.kill(shop_of_three.pid, signal.SIGCONT)
        else:
            shop_of_three.end()
            if how == "emptied":
                (shop_of_three.folder / "data").rename(shop_of_three.folder / "gone")
            shop_of_three.start()
        if how == "emptied":
            unknown = await followed.until(lambda one: "targets missing" in getattr(one, "reason", ""))
            assert isinstance(unknown, Unknown)
        else:
            back = await followed.until(is_ratio)
            assert isinstance(back, Ratio)
            assert back.observed is not None
            # What was counted meanwhile is in the first reading afterwards: nothing is lost.
            assert back.observed.span_s > 2
            assert back.total > 0.8 * 150 * (back.observed.span_s - 1)
        tasks.cancel_scope.cancel()
