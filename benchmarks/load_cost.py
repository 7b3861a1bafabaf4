"""What Seatrial's load generator costs beside plain Locust, and how exactly it measures.

The same Locust file, FastHttpUser without a wait, one process. Plain Locust and Seatrial run at the same
time on the same core, each against a server of its own on the other: whatever else the machine does meets
both alike, so the requests per second of CPU are what a core could send.
"""

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks._locust import (
    cpu_used_s,
    exact_times_ms,
    plain_locust,
    seatrial_seconds,
    told_limit,
    user_file,
)
from benchmarks._servers import Behaviour, Server, serving
from seatrial.histogram import merged, quantile_ms
from seatrial.load.second import LoadSecond

PAIRS = 5
USERS = 40
SETTLE_S = 4
MEASURE_S = 6
DELAY_S = 0.010
RATES = (200, 1000)
ACCURACY_S = 8


@dataclass(frozen=True)
class Watched:
    """A load generator, watched from outside: both are judged by their server's own count."""

    server: Server
    pid: int

    def so_far(self) -> tuple[int, float]:
        """Requests answered, CPU seconds used."""
        return self.server.told().answered, cpu_used_s(self.pid)


def per_cpu_s(before: tuple[int, float], after: tuple[int, float]) -> float:
    return (after[0] - before[0]) / (after[1] - before[1])


def pair(file: Path) -> tuple[float, float]:
    """Requests a CPU second: of plain Locust, and of Seatrial beside it on the same core."""
    core, *others = sorted(os.sched_getaffinity(0))
    views: list[tuple[tuple[int, float], tuple[int, float]]] = []
    ours: list[Watched] = []
    with (
        serving(Behaviour()) as server_a,
        serving(Behaviour()) as server_b,
        plain_locust(file, server_a.host, USERS) as plain,
    ):
        theirs = Watched(server_a, plain.pid)
        os.sched_setaffinity(plain.pid, {core})
        for server in (server_a, server_b):
            os.sched_setaffinity(server.pid, set(others) or {core})

        def on_pid(pid: int) -> None:
            os.sched_setaffinity(pid, {core})
            ours.append(Watched(server_b, pid))

        def enough(told: list[LoadSecond]) -> bool:
            if len(told) in (1 + SETTLE_S, 1 + SETTLE_S + MEASURE_S):
                views.append((theirs.so_far(), ours[0].so_far()))
            return len(views) == 2

        seatrial_seconds(enough, on_pid, locustfile=file, host=server_b.host, users=USERS)
    (their_before, our_before), (their_after, our_after) = views
    return per_cpu_s(their_before, their_after), per_cpu_s(our_before, our_after)


def cost(folder: Path) -> str:
    file = user_file(folder)
    pairs = [pair(file) for _ in range(PAIRS)]
    rows = [f"| {n} | {a:,.0f} | {b:,.0f} | {b / a:.3f} |" for n, (a, b) in enumerate(pairs, 1)]
    ratio = statistics.median(b / a for a, b in pairs)
    head = "| pair | Locust, requests a CPU second | Seatrial | ratio |\n|---|--:|--:|--:|"
    return "\n".join([head, *rows, f"| **median** | | | **{ratio:.3f}** |"])


QUANTILES = (0.5, 0.95, 0.99)


def errors_ms(measured: Callable[[float], float], server: Server) -> str:
    """Measured less the server's own quantiles: what the way and the client add."""
    real = sorted(server.told().took_ms)
    return " | ".join(f"{measured(q) - real[int(q * len(real))]:+.2f}" for q in QUANTILES)


def accuracy(folder: Path, rate: int) -> Iterator[str]:
    with serving(Behaviour(delay_s=DELAY_S)) as server:
        seconds = seatrial_seconds(
            lambda told: len(told) == ACCURACY_S,
            locustfile=user_file(folder, wait=60),
            host=server.host,
            rate=f"{rate}/s",
        )
        intended = merged(one.latency for second in seconds[1:] for one in second.requests.values())
        cpu = statistics.median(one.cpu_share for one in seconds[1:])
        name = f"{rate}/s, Seatrial{told_limit(seconds)}"
        yield f"| {name} | {errors_ms(partial(quantile_ms, intended), server)} | {cpu:.0%} |"
    with serving(Behaviour(delay_s=DELAY_S)) as server:
        file = user_file(folder, wait_time="constant_throughput", wait=10)
        times_ms, cpu = exact_times_ms(file, server.host, rate // 10, ACCURACY_S)
        times_ms.sort()
        errors = errors_ms(lambda q: times_ms[int(q * len(times_ms))], server)
        yield f"| {rate}/s, Locust | {errors} | {cpu:.0%} |"


def main() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [line for rate in RATES for line in accuracy(folder, rate)]
        head = (
            f"Measured latency less the {DELAY_S * 1000:.0f} ms that the server itself took, in ms:\n\n"
            "| rate and client | p50 | p95 | p99 | CPU |\n|---|--:|--:|--:|--:|"
        )
        return "\n".join([cost(folder), "", head, *lines])


if __name__ == "__main__":
    print(main())
