"""What the proxy costs beside a straight connection and nginx's stream proxy, and whom its death cuts off.

All on loopback of the same machine, so client, proxy and server share its cores. In each round all ways are
taken in an order by chance; added is the difference of the medians of one round. The ways: straight; through
nginx with one worker; through `seatrial proxy`, which is one process, without a fault and with one that
shapes every byte but delays none (`tcp.slow_close`).

Cut off: with a fault behind a redirect, its process is killed, or stopped so that it hangs, while a client
in the same network namespace connects and asks every 2 ms and gives up a try after 0.5 s: from the first try
that failed to the end of the last.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, Final

from benchmarks import _line
from seatrial.action import Lease
from seatrial.held.hold import held
from seatrial.pack import load_packs
from seatrial.targets.selector import HostSelector

ROUNDS: Final = 15
TRIPS: Final = 400
SIZE: Final = 64_000_000
KILLS: Final = 20
HANGS: Final = 5
TRIES = """
import socket, time, sys
first = last = None
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    begun = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", 8000), 0.5) as one:
            one.settimeout(0.5)
            one.sendall(b"ex")
            if one.recv(1) != b"x": raise OSError
    except OSError: first, last = first or begun, time.monotonic()
    time.sleep(0.002)
print(1000 * (last - first) if first else 0.0)
"""


def main() -> str:
    return f"{costs()}\n\n{cut_off()}"


def costs() -> str:
    """The table of latency and throughput."""
    chance = random.Random(1)
    trips: dict[str, list[float]] = {}
    speeds: dict[str, list[float]] = {}
    with ExitStack() as stack:
        ways = dict(ways_of(stack))
        for _ in range(ROUNDS):
            for name in chance.sample(sorted(ways), len(ways)):
                trips.setdefault(name, []).append(median(_line.round_trips_us(ways[name], TRIPS)))
                speeds.setdefault(name, []).append(_line.bytes_per_s(ways[name], SIZE) / 1e6)
    head = ["| way | round trip of 100 B, p50, µs | added p50, µs | one way, MB/s | of straight |"]
    rows = [row(name, trips, speeds) for name in ways]
    return "\n".join(
        [*head, "|---|--:|--:|--:|--:|", *rows, "", f"Medians of {ROUNDS} rounds (least to most)."]
    )


def ways_of(stack: ExitStack) -> Iterator[tuple[str, int]]:
    server = stack.enter_context(_line.server())
    yield "straight", server
    if _line.MODULE.exists():
        yield "nginx, stream", stack.enter_context(_line.nginx(server))
    yield "`seatrial proxy`", stack.enter_context(_line.proxy(server))
    yield "`seatrial proxy --http`", stack.enter_context(_line.proxy(server, "--http"))
    faulty = stack.enter_context(_line.proxy(server))
    keys = {"proxy": f"127.0.0.1:{faulty}", "delay": "1 s", "stream": "both"}
    stack.enter_context(fault("tcp.slow_close", **keys))
    yield "`seatrial proxy` with a fault", faulty


def row(name: str, trips: dict[str, list[float]], speeds: dict[str, list[float]]) -> str:
    added = [mine - straight for mine, straight in zip(trips[name], trips["straight"], strict=True)]
    share = [mine / straight for mine, straight in zip(speeds[name], speeds["straight"], strict=True)]
    cells = (spread(trips[name]), spread(added), spread(speeds[name]), f"{median(share):.0%}")
    return f"| {name} | {' | '.join(cells)} |"


def spread(values: Sequence[float]) -> str:
    return f"{median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


@contextmanager
def fault(name: str, **keys: object) -> Iterator[Any]:
    action = load_packs().actions[name].model_validate(keys)
    (target,) = HostSelector().population()
    state: Any = action.prepare(target, Lease(id=f"bench-{uuid.uuid4().hex[:8]}", max_hold_s=600))
    try:
        action.apply(target, state)
        yield state
    finally:
        action.undo(target, state)


def cut_off() -> str:
    """The table of deaths."""
    name = f"bench-{uuid.uuid4().hex[:6]}"
    if shutil.which("ip", path="/usr/sbin:/sbin") is None or os.geteuid() != 0:
        return "Cut off: not measured, for want of network namespaces."
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        with _line.server("nsenter", f"--net=/run/netns/{name}", port=8000):
            killed = [cut_off_ms(name, signal.SIGKILL, 1.0) for _ in range(KILLS)]
            hung = [cut_off_ms(name, signal.SIGSTOP, 5.0) for _ in range(HANGS)]
    finally:
        ip("netns", "delete", name)
    head = ["| the proxy behind a redirect | times | cut off, p50, ms | most, ms |", "|---|--:|--:|--:|"]
    rows = [
        f"| {what} | {len(took)} | {median(took):.0f} | {max(took):.0f} |"
        for what, took in (("is killed", killed), ("hangs", hung))
    ]
    return "\n".join([*head, *rows])


def cut_off_ms(namespace: str, number: signal.Signals, lasts_s: float) -> float:
    line = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-S", "-c", TRIES, str(lasts_s)]
    with fault("tcp.latency", latency="1 ms", port=8000, namespace=namespace) as state:
        (process,) = held(state.lease)
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            threading.Event().wait(0.3)
            os.kill(process.pid, number)
            return float(client.stdout.readline())


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    print(main())
