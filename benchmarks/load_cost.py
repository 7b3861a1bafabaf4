"""What Seatrial's load generator costs beside plain Locust, and how exactly it measures.

The same Locust file, FastHttpUser without a wait, one process, in turns. Requests per CPU second is the
fairer figure on a machine that others use, too.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from benchmarks._locust import cpu_used_s, exact_times_ms, plain_locust, seatrial_seconds, user_file
from benchmarks._servers import Behaviour, Server, serving
from seatrial.histogram import merged, quantile_ms
from seatrial.load.second import LoadSecond

PAIRS = 5
USERS = 40
SETTLE_S = 3.0
MEASURE_S = 4.0
DELAY_S = 0.010
RATES = (200, 1000)
ACCURACY_S = 8


@dataclass(frozen=True)
class Work:
    """Requests answered and CPU time used within a window."""

    requests_per_s: float
    requests_per_cpu_s: float


class Watch:
    """Watches a load generator from outside: both are judged by the server's own count."""

    def __init__(self, server: Server, pid: int) -> None:
        self._server = server
        self._pid = pid
        self._begin_s = time.monotonic()
        self._answered = server.told().answered
        self._cpu_s = cpu_used_s(self._pid)

    def work(self) -> Work:
        took_s = time.monotonic() - self._begin_s
        answered = self._server.told().answered - self._answered
        return Work(answered / took_s, answered / (cpu_used_s(self._pid) - self._cpu_s))


def plain(file: Path) -> Work:
    with serving(Behaviour()) as server, plain_locust(file, server.host, USERS) as process:
        Event().wait(SETTLE_S)
        watch = Watch(server, process.pid)
        Event().wait(MEASURE_S)
        return watch.work()


def instrumented(file: Path) -> Work:
    """The same through Seatrial, in a window of as many whole seconds."""
    watches: list[Watch] = []
    found: list[Work] = []
    pids: list[int] = []
    with serving(Behaviour()) as server:

        def enough(told: list[LoadSecond]) -> bool:
            if len(told) == 1 + int(SETTLE_S):
                watches.append(Watch(server, pids[0]))
            if len(told) == 1 + int(SETTLE_S + MEASURE_S):
                found.append(watches[0].work())
            return bool(found)

        seatrial_seconds(enough, pids.append, locustfile=file, host=server.host, users=USERS)
    return found[0]


def cost(folder: Path) -> str:
    file = user_file(folder)
    pairs = [(plain(file), instrumented(file)) for _ in range(PAIRS)]
    rows = [_cost_row(f"pair {n}", *pair) for n, pair in enumerate(pairs, 1)]
    middle = [
        Work(
            statistics.median(one.requests_per_s for one in column),
            statistics.median(one.requests_per_cpu_s for one in column),
        )
        for column in zip(*pairs, strict=True)
    ]
    head = (
        "| no wait | Locust, /s | Seatrial, /s | ratio | Locust, /CPU s | Seatrial, /CPU s | ratio |\n"
        "|---|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([head, *rows, _cost_row("**median**", *middle)])


def _cost_row(name: str, theirs: Work, ours: Work) -> str:
    cells = []
    for a, b in (
        (theirs.requests_per_s, ours.requests_per_s),
        (theirs.requests_per_cpu_s, ours.requests_per_cpu_s),
    ):
        cells += [f"{a:,.0f}", f"{b:,.0f}", f"{b / a:.3f}"]
    return f"| {name} | {' | '.join(cells)} |"


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
        yield f"| {rate}/s, Seatrial | {errors_ms(partial(quantile_ms, intended), server)} | {cpu:.0%} |"
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
