"""What a stall does to users, measured and in truth.

A server answers in 5 ms and stalls once, for 2 s in 30 s; 200 requests a second are due. The truth is
arithmetic: the same arrivals through the same server without a generator in between.
"""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._locust import exact_times_ms, seatrial_seconds, told_limit, user_file
from benchmarks._servers import Behaviour, serving
from seatrial.histogram import count_above, merged, quantile_ms

RATE = 200
SECONDS = 30
STALLING = Behaviour(delay_s=0.005, stall_at_s=14.0, stall_for_s=2.0)


@dataclass(frozen=True)
class Figures:
    requests: int
    p95_ms: float
    p99_ms: float
    share_above: float
    limit: str = ""
    """What the generator itself says against its figures."""


def figures(times_ms: Sequence[float]) -> Figures:
    ordered = sorted(times_ms)
    return Figures(
        requests=len(ordered),
        p95_ms=ordered[math.ceil(0.95 * len(ordered)) - 1],
        p99_ms=ordered[math.ceil(0.99 * len(ordered)) - 1],
        share_above=sum(one > 100 for one in ordered) / len(ordered),
    )


def truth(requests: int) -> Figures:
    return figures([(STALLING.answer_at(n / RATE) - n / RATE) * 1000 for n in range(requests)])


def seatrial(base: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder, serving(STALLING) as server:
        seconds = seatrial_seconds(
            lambda told: sum(one.scheduled for one in told) >= RATE * SECONDS,
            locustfile=user_file(Path(folder), base=base, wait=60),
            host=server.host,
            rate=f"{RATE}/s",
        )
    all_of_it = merged(one.latency for second in seconds for one in second.requests.values())
    total = int(all_of_it.get_total_count())
    return Figures(
        requests=total,
        p95_ms=quantile_ms(all_of_it, 0.95),
        p99_ms=quantile_ms(all_of_it, 0.99),
        share_above=count_above(all_of_it, 100) / total,
        limit=told_limit(seconds),
    )


def locust(users: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder, serving(STALLING) as server:
        file = user_file(Path(folder), wait_time="constant_throughput", wait=RATE / users)
        return figures(exact_times_ms(file, server.host, users, SECONDS + 1)[0])


def row(name: str, one: Figures, real: Figures | None = None) -> str:
    cells = [
        (f"{one.p95_ms:,.1f}", one.p95_ms, real.p95_ms if real else 0.0),
        (f"{one.p99_ms:,.1f}", one.p99_ms, real.p99_ms if real else 0.0),
        (f"{one.share_above:.2%}", one.share_above, real.share_above if real else 0.0),
    ]
    shown = [text + (f" ({value / wanted - 1:+.1%})" if wanted else "") for text, value, wanted in cells]
    return f"| {name}{one.limit} | {one.requests:,} | {' | '.join(shown)} |"


def main() -> str:
    rows = [row("truth", truth(RATE * SECONDS))]
    for base in ("FastHttpUser", "HttpUser"):
        ours = seatrial(base)
        rows.append(row(f"Seatrial, `rate: {RATE}/s`, {base}", ours, truth(ours.requests)))
    for users in (10, 50):
        theirs = locust(users)
        name = f"Locust, `constant_throughput({RATE // users})`, {users} users"
        rows.append(row(name, theirs, truth(theirs.requests)))
    head = "| client | requests | p95, ms | p99, ms | above 100 ms |\n|---|--:|--:|--:|--:|"
    return f"{head}\n" + "\n".join(rows)


if __name__ == "__main__":
    print(main())
