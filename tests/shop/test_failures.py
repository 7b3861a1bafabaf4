"""What a broken replica costs the users of a robust and of a fragile shop."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx
import pytest

from seatrial.shop import Shop


class Answer(NamedTuple):
    status: int
    latency_s: float


async def ask(client: httpx.AsyncClient, number: int) -> Answer:
    begin_s = time.monotonic()
    try:
        if number % 5:
            response = await client.get(f"/products/{1 + number % 12}")
        else:
            response = await client.post("/orders", json={"product_id": 1})
    except httpx.TimeoutException:
        return Answer(0, time.monotonic() - begin_s)
    return Answer(response.status_code, time.monotonic() - begin_s)


async def load(shop: Shop, seconds: float, fault: Callable[[], None]) -> list[Answer]:
    """Fifty requests a second, each at its time; the fault comes at a fifth of it."""
    count = round(50 * seconds)
    async with (
        httpx.AsyncClient(base_url=shop.url, timeout=5) as client,
        asyncio.TaskGroup() as users,
    ):
        begin_s, asked = time.monotonic(), list[asyncio.Task[Answer]]()
        for number in range(count):
            await asyncio.sleep(max(begin_s + number / 50 - time.monotonic(), 0))
            if number == count // 5:
                fault()
            asked.append(users.create_task(ask(client, number)))
    return [task.result() for task in asked]


def is_good(answer: Answer) -> bool:
    return answer.status in (200, 201)


@pytest.fixture(scope="module")  # none is killed in it: what restarts in a test is taken for a leak of it
def robust() -> Iterator[Shop]:
    with Shop(dial=True) as shop:
        yield shop


@contextmanager
def paused(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_robust_a_killed_replica_is_not_noticed() -> None:
    with Shop(replicas=2) as shop:
        killed = shop.replicas[0]
        answers = asyncio.run(load(shop, 1, lambda: os.kill(killed.pid, signal.SIGKILL)))
        assert shop.wait_restarted(killed).pid != killed.pid
    assert len(answers) == 50
    assert all(map(is_good, answers))


def test_robust_a_paused_replica_costs_a_few_slow_answers(robust: Shop) -> None:
    with ExitStack() as stack:
        answers = asyncio.run(load(robust, 1, lambda: stack.enter_context(paused(robust.replicas[2].pid))))
        assert httpx.get(f"{robust.url}/health").json()["replicas_healthy"] == 2
    assert all(map(is_good, answers))
    assert max(answer.latency_s for answer in answers) < 1.5
    assert sum(answer.latency_s > 0.2 for answer in answers) < 10


def test_robust_a_failing_replica_is_hidden_from_reads_but_not_from_orders(robust: Shop) -> None:
    robust.set_dial(error_share=1, replica=1)
    with httpx.Client(base_url=robust.url) as http:
        assert {http.get("/products").status_code for _ in range(12)} == {200}
        orders = [http.post("/orders", json={"product_id": 1}).status_code for _ in range(12)]
    assert set(orders) == {201, 500}


def test_robust_a_resumed_replica_is_taken_in_again() -> None:
    with Shop(replicas=1) as shop, httpx.Client(base_url=shop.url, timeout=5) as http:
        with paused(shop.replicas[0].pid):
            assert http.get("/products").status_code == 504
            assert http.get("/health").status_code == 503
        assert http.get("/products").status_code == 200


def test_fragile_a_paused_replica_hangs_a_third_until_it_is_resumed_and_a_killed_one_errs() -> None:
    with Shop(fragile=True, restart_delay_s=0.3) as shop:
        _paused_replica_hangs_a_third(shop)
        _killed_replica_errs(shop)


def _paused_replica_hangs_a_third(fragile: Shop) -> None:
    async def nine(patience_s: float) -> list[Answer]:
        async with httpx.AsyncClient(base_url=fragile.url, timeout=patience_s) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(9)))

    async def nine_over_the_resumption() -> list[Answer]:
        asyncio.get_running_loop().call_later(0.5, stack.close)
        return await nine(5)

    with ExitStack() as stack:
        stack.enter_context(paused(fragile.replicas[1].pid))
        impatient = asyncio.run(nine(0.6))
        metrics = httpx.get(f"{fragile.url}/metrics").text
        assert httpx.get(f"{fragile.url}/health").json() == {"status": "ok", "shop": fragile.shop_id}
        patient = asyncio.run(nine_over_the_resumption())
    assert [answer.status for answer in impatient].count(0) == 3
    assert sum(map(is_good, impatient)) == 6
    assert all(map(is_good, patient))
    assert sum(answer.latency_s > 0.4 for answer in patient) == 3
    # Users who went leave nothing behind at the front.
    assert metrics.count('code="499"} ') > 0
    assert "http_requests_in_flight 0" in metrics


def _killed_replica_errs(fragile: Shop) -> None:
    killed = fragile.replicas[0]
    with httpx.Client(base_url=fragile.url) as http:
        os.kill(killed.pid, signal.SIGKILL)
        assert sorted(http.get("/products").status_code for _ in range(6)) == [200, 200, 200, 200, 502, 502]
        fragile.wait_restarted(killed)
        assert {http.get("/products").status_code for _ in range(6)} == {200}
