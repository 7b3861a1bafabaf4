"""Every probe against real processes: the shop, whole and with a replica killed."""

import os
import signal

import httpx
import pytest

from seatrial.reading import Latency, Ratio, Unknown, Value
from seatrial.shop import Instance, Shop
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


async def test_replicas_by_their_selector_while_one_dies(make: Make) -> None:
    """Their pages are found anew at each reading, on whatever port they listen."""
    with Shop() as shop:
        keys = {
            "targets": {"process": {"cmdline": f"shop-replica .*--shop {shop.shop_id}"}},
            "good": 'http_requests_total{code!~"5.."}',
            "total": "http_requests_total",
        }
        strict, lenient = make("openmetrics", **keys), make("openmetrics", may_be_missing=1, **keys)
        async with (
            httpx.AsyncClient(timeout=5) as user,
            strict.reader() as read_strictly,
            lenient.reader() as read,
        ):

            async def use(*replicas: Instance) -> None:
                for replica in replicas * 5:
                    (await user.get(f"http://127.0.0.1:{replica.port}/products")).raise_for_status()

            await use(*shop.replicas)
            assert await read() is None
            await read_strictly()
            await use(*shop.replicas)
            whole = await read()
            assert isinstance(whole, Ratio)
            assert (whole.good, whole.total) == (15, 15)
            victim = shop.replicas[0]
            os.kill(victim.pid, signal.SIGSTOP)
            os.kill(victim.pid, signal.SIGKILL)
            missing = await read_strictly()
            assert isinstance(missing, Unknown)
            assert missing.reason.startswith("1 of 3 targets missing (127.0.0.1:")
            await use(*shop.replicas[1:])
            rest = await read()
            assert isinstance(rest, Ratio)
            assert rest.total == 10
            assert rest.observed is not None
            assert rest.observed.source.startswith("2 of 3 targets")
            shop.wait_restarted(victim)
            await use(*shop.replicas)
            again = await read()
            assert isinstance(again, Ratio)
            assert again.total == 15


def _of(reading: object) -> object:
    """The first quantity."""
    assert isinstance(reading, Value)
    return next(iter(reading.values.values()))
