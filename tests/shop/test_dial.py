import asyncio
from itertools import groupby

import httpx
import pytest

from seatrial.shop import Shop, ShopError
from seatrial.shop.client import Pool
from seatrial.shop.dial import Dial, Setting, parse
from seatrial.shop.wire import Request


def rolled(setting: Setting, count: int, seed: str = "1") -> list[bool]:
    async def roll() -> list[bool]:
        dial = Dial(seed)
        dial.set(setting)
        return [await dial.fails() for _ in range(count)]

    return asyncio.run(roll())


def test_the_share_is_kept_and_the_seed_repeats_it() -> None:
    from scipy.stats import binom  # a second, in every process that collects tests

    fails = rolled(Setting(error_share=0.02), 50_000)
    assert binom.ppf(0.001, 50_000, 0.02) <= sum(fails) <= binom.ppf(0.999, 50_000, 0.02)
    assert rolled(Setting(error_share=0.02), 50_000) == fails
    assert rolled(Setting(error_share=0.02), 50_000, seed="2") != fails
    assert rolled(Setting(0.5, seed=7), 100, "1") == rolled(Setting(0.5, seed=7), 100, "2")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_of_the_dial_are_exact(share: float) -> None:
    assert set(rolled(Setting(error_share=share), 1000)) == {bool(share)}


def test_bursts_have_the_asked_mean_length_at_the_same_share() -> None:
    fails = rolled(Setting(error_share=0.05, burst=10), 200_000)
    runs = [len(list(run)) for failing, run in groupby(fails) if failing]
    assert sum(runs) / len(runs) == pytest.approx(10, rel=0.1)
    # Variance of the mean is (2 x burst - 1) times Bernoulli's at most: about 0.002 here; four of it.
    assert sum(fails) / len(fails) == pytest.approx(0.05, abs=0.009)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "Expecting"),
        (b"[]", "not a JSON object"),
        (b'{"errors": 1}', "unknown: errors"),
        (b'{"error_share": "1"}', "error_share must be a number"),
        (b'{"error_share": true}', "error_share must be a number"),
        (b'{"error_share": 1.1}', "error_share must be 0 to 1"),
        (b'{"error_share": NaN}', "error_share must be 0 to 1"),
        (b'{"delay_ms": -1}', "delay_ms must be 0 to 60000"),
        (b'{"burst": 0.5}', "burst must be 1 to"),
        (b'{"error_share": 0.9, "burst": 2}', "cannot be had with bursts of 2"),
    ],
)
def test_a_wrong_setting_is_told(body: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse(body)


def test_users_get_the_asked_share_of_errors_through_the_front() -> None:
    from scipy.stats import binom  # a second, in every process that collects tests

    count, share = 800, 0.05

    async def errors(shop: Shop) -> int:
        pool = Pool(shop.port)

        async def user() -> int:
            mine = [await pool.ask(Request("GET", "/products")) for _ in range(count // 10)]
            return sum(response.status == 500 for response in mine)

        failed = sum(await asyncio.gather(*(user() for _ in range(10))))
        pool.close()
        return failed

    with Shop(replicas=1, dial=True, service_ms=1) as shop:
        shop.set_dial(error_share=share)
        failed = asyncio.run(errors(shop))
        assert binom.ppf(0.0005, count, share) <= failed <= binom.ppf(0.9995, count, share)
        assert f'path="/products",code="500"}} {failed}' in httpx.get(f"{shop.url}/metrics").text
        shop.set_dial(delay_ms=80)
        assert httpx.get(f"{shop.url}/products").elapsed.total_seconds() >= 0.08
        assert httpx.get(f"{shop.url}/health").status_code == 200
        with pytest.raises(ShopError, match=r"^the fault dial answered 422: .*error_share must be 0 to 1"):
            shop.set_dial(error_share=2)
        for headers in ({}, {"X-Shop-Token": "guessed"}):
            assert httpx.post(f"{shop.url}/dial", json={}, headers=headers).status_code == 403


def test_a_shop_without_a_dial_has_none(shop: Shop, http: httpx.Client) -> None:
    assert http.post("/dial", json={"error_share": 1}).status_code == 404
    with pytest.raises(ShopError, match=r"^this shop has no fault dial: start it with dial=True$"):
        shop.set_dial(error_share=1)
