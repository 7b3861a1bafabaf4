"""Every probe against real processes: the shop, whole and with a replica killed."""

import os
import signal

import httpx
import pytest

from seatrial.reading import Latency, Ratio, Value
from seatrial.shop import Shop
from tests.probes.conftest import Make

pytestmark = pytest.mark.anyio


async def test_the_shop_as_its_probes_see_it(make: Make) -> None:
    with Shop() as shop:
        page = f"{shop.url}/metrics"
        ratio = make(
            "openmetrics", url=page, good='http_requests_total{code!~"5.."}', total="http_requests_total"
        )
        quantile = make("openmetrics", url=page, histogram="http_request_duration_seconds", percentile="p95")
        health = make("http", url=f"{shop.url}/health")
        async with (
            httpx.AsyncClient(base_url=shop.url, timeout=5) as user,
            ratio.reader() as read_ratio,
            quantile.reader() as read_quantile,
        ):
            (await user.get("/products")).raise_for_status()
            await read_ratio()
            await read_quantile()
            for _ in range(20):
                (await user.get("/products")).raise_for_status()
            counted = await read_ratio()
            assert isinstance(counted, Ratio)
            assert (counted.good, counted.total) == (20, 20)
            latency = await read_quantile()
            assert isinstance(latency, Latency)
            assert latency.decoded.get_total_count() == 20

        victim = shop.replicas[0]
        watched = make("process", pid=victim.pid)
        listening = make("tcp", address=f"127.0.0.1:{victim.port}")
        assert [_of(await probe.read()) for probe in (health, watched, listening)] == [200, 1, True]
        os.kill(victim.pid, signal.SIGKILL)
        shop.wait_restarted(victim)
        assert _of(await watched.read()) == 0


def _of(reading: object) -> object:
    """The first quantity."""
    assert isinstance(reading, Value)
    return next(iter(reading.values.values()))
