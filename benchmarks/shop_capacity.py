"""The shop under load from the same machine: throughput, latency, CPU, and what failures cost its users.

python benchmarks/shop_capacity.py [--seconds 5]
"""

import argparse
import asyncio
import math
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from seatrial.shop import Shop, wire
from seatrial.shop.client import Pool

ORDER = wire.Request("POST", "/orders", {"Content-Type": wire.JSON}, b'{"product_id": 4, "quantity": 2}')
REQUESTS = (
    *(wire.Request("GET", "/products") for _ in range(3)),
    *(wire.Request("GET", f"/products/{number}") for number in range(1, 7)),
    ORDER,
)
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    """0: none, the user gave up or the connection failed."""
    latency_ms: float
    """From the intended start."""


async def user(pool: Pool, number: int, due_s: float, answers: list[Answer]) -> None:
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + PATIENCE_S):
            status = (await pool.ask(REQUESTS[number % len(REQUESTS)])).status
    except OSError:
        status = 0
    answers.append(Answer(status, (time.monotonic() - due_s) * 1000))


async def load(port: int, rate: int, seconds: float, at: dict[float, Callable[[], None]]) -> list[Answer]:
    """Open load: each request starts when it is due, whatever became of those before."""
    pool, answers, begin_s = Pool(port), list[Answer](), time.monotonic()
    events = sorted(at.items())
    async with asyncio.TaskGroup() as users:
        for number in range(round(rate * seconds)):
            due_s = begin_s + number / rate
            await asyncio.sleep(max(due_s - time.monotonic(), 0))
            while events and time.monotonic() - begin_s >= events[0][0]:
                events.pop(0)[1]()
            users.create_task(user(pool, number, due_s, answers))
    return answers


def cpu_s(shop: Shop) -> dict[str, float]:
    pids = {"front": shop.front_pid, "supervisor": shop.supervisor_pid}
    pids |= {f"replica {each.index}": each.pid for each in shop.replicas}
    return {name: sum(psutil.Process(pid).cpu_times()[:2]) for name, pid in pids.items()}


def quantile_ms(answers: list[Answer], quantile: float) -> float:
    ordered = sorted(answer.latency_ms for answer in answers)
    return ordered[max(math.ceil(quantile * len(ordered)) - 1, 0)]


def told(answers: list[Answer], seconds: float) -> str:
    p50, p95, p99, worst = (quantile_ms(answers, quantile) for quantile in (0.5, 0.95, 0.99, 1.0))
    bad = Counter(answer.status or "none" for answer in answers if not 200 <= answer.status < 400)
    slow = sum(answer.latency_ms > 100 for answer in answers)
    return (
        f"{len(answers):5d} answers, {len(answers) / seconds:5.0f}/s, p50 {p50:6.1f} p95 {p95:6.1f} "
        f"p99 {p99:6.1f} max {worst:6.0f} ms, over 100 ms {slow}, errors {dict(bad) or 0}"
    )


def capacity(seconds: float) -> None:
    begin_s = time.monotonic()
    with Shop() as shop:
        print(f"started in {time.monotonic() - begin_s:.2f} s")
        for rate in (100, 200, 300, 600):
            before = cpu_s(shop)
            answers = asyncio.run(load(shop.port, rate, seconds, {}))
            after = cpu_s(shop)
            shares = {name: f"{(after[name] - before[name]) / seconds:.1%}" for name in before}
            print(f"{rate:4d}/s  {told(answers, seconds)}\n        CPU of a core: {shares}")


def send(pid: int, number: int) -> Callable[[], None]:
    return lambda: os.kill(pid, number)


def faults() -> Iterator[str]:
    """A replica killed, and one paused for 2 s of 4, at 100 requests/s."""
    for fragile in (False, True):
        name = "fragile" if fragile else "robust "
        with Shop(fragile=fragile) as shop:
            killed, paused = shop.replicas[0], shop.replicas[1]
            answers = asyncio.run(load(shop.port, 100, 4, {1: send(killed.pid, signal.SIGKILL)}))
            yield f"{name} replica killed  {told(answers, 4)}"
            shop.wait_restarted(killed)
            pause = {1.0: send(paused.pid, signal.SIGSTOP), 3.0: send(paused.pid, signal.SIGCONT)}
            answers = asyncio.run(load(shop.port, 100, 4, pause))
            yield f"{name} replica paused  {told(answers, 4)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of load at each rate")
    capacity(parser.parse_args().seconds)
    for line in faults():
        print(line)


if __name__ == "__main__":
    main()
