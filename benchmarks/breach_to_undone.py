"""From a breach to everything undone, beside Chaos Toolkit.

A process is paused, then a health check begins to fail; the clock runs from the first failing answer that
could be had to the moment at which the process runs again. Every tool looks once a second. *Quick*: the
injection is over at once and the fault is held. *Blocking*: the injecting activity goes on for ten seconds.
*Hung probe*: another probe of the same experiment does not answer (time-out 10 s). Chaos Toolkit holds the
quick fault with activities of one second each, which is how it can stop soonest.
"""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from benchmarks._paused import Service, await_paused, chaos_run, quantiles, victim
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment

RUNS: Final = 30
RUNS_PEER: Final = 20
AT_ONCE: Final = 4
AT_ONCE_PEER: Final = 10
"""It mostly waits."""
BLOCK_S: Final = 10
CASES: Final = ("quick", "blocking", "hung probe")
GIVEN_UP_S: Final = 40.0

Start = Callable[[str, int, Service, Path], Any]


def main() -> str:
    tools = (
        ("Seatrial", seatrial, RUNS, AT_ONCE),
        ("`chaos run`, continuously, fail-fast, always", continuously, RUNS_PEER, AT_ONCE_PEER),
        ("the same with safeguards of chaostoolkit-addons", safeguarded, RUNS_PEER, AT_ONCE_PEER),
    )
    rows = ["| | case | runs | p50 | p99 | not undone |", "|---|---|---|---|---|---|"]
    return "\n".join([*rows, *(row(*tool, case) for tool in tools for case in CASES)])


def row(name: str, start: Start, runs: int, at_once: int, case: str) -> str:
    with ThreadPoolExecutor(at_once) as pool:
        took = list(pool.map(lambda number: once(case, start, number), range(runs)))
    done = [value for value in took if value is not None]
    return f"| {name} | {case} | {runs} | {quantiles(done)} | {runs - len(done)} |"


def once(case: str, start: Start, number: int) -> float | None:
    """Seconds from the breach to undone; None: not at all."""
    service = Service()
    try:
        with tempfile.TemporaryDirectory() as name, victim() as pid, start(case, pid, service, Path(name)):
            paused = await_paused(pid, True, 60)
            assert paused is not None, "the fault did not come"
            if case == "hung probe":
                service.hangs.set()
            threading.Event().wait(1 + random.Random(number).random())
            began = time.monotonic()
            service.broken.set()
            ended = await_paused(pid, False, GIVEN_UP_S)
            return None if ended is None else ended - began
    finally:
        service.close()


@contextmanager
def seatrial(case: str, pid: int, service: Service, folder: Path) -> Iterator[None]:
    objective: dict[str, JsonValue] = {"objective": "status == 200", "deviates_at": "1 of 1"}
    health: JsonValue = {**objective, "http": {"url": f"{service.url}/health"}}
    slow: JsonValue = {**objective, "http": {"url": f"{service.url}/slow"}, "timeout": "10 s"}
    fault: tuple[str, dict[str, Any], dict[str, Any]] = ("process.pause", {"process": {"pid": pid}}, {})
    if case == "blocking":
        lines = {"run": f"kill -STOP {pid}; sleep {BLOCK_S}", "undo": f"kill -CONT {pid}"}
        fault = ("command", {"host": {}}, {**lines, "verify": f"! grep -q 'State:.T' /proc/{pid}/status"})
    file = small_experiment(
        *fault, hold_s=30, baseline_s=3, interval="1 s", slis={"health": health, "slow": slow}
    )
    with LiveRun(folder, file) as live:
        yield
        live.exit_code()
        live.await_over()


@contextmanager
def continuously(case: str, pid: int, service: Service, folder: Path) -> Iterator[None]:
    options = ["--rollback-strategy", "always", "--hypothesis-strategy", "continuously"]
    options += ["--hypothesis-frequency", "1", "--fail-fast"]
    with chaos_run(folder, chaos_experiment(case, pid, service), options):
        yield


@contextmanager
def safeguarded(case: str, pid: int, service: Service, folder: Path) -> Iterator[None]:
    experiment = chaos_experiment(case, pid, service)
    probes = [{**probe, "frequency": 1} for probe in experiment["steady-state-hypothesis"]["probes"]]
    provider = {
        "type": "python",
        "module": "chaosaddons.controls.safeguards",
        "arguments": {"probes": probes},
    }
    experiment["controls"] = [{"name": "safeguards", "provider": provider}]
    with chaos_run(folder, experiment, ["--rollback-strategy", "always"]):
        yield


def chaos_experiment(case: str, pid: int, service: Service) -> dict[str, Any]:
    """The same experiment in its own format."""
    probes = [_http_probe(service, "slow")] if case == "hung probe" else []
    line = f"kill -STOP {pid}" + (f"; sleep {BLOCK_S}" if case == "blocking" else "")
    wait = [_process("action", f"hold {n}", "sleep 1") for n in range(30)]
    return {
        "title": "pause",
        "description": "pause",
        "steady-state-hypothesis": {"title": "health", "probes": [*probes, _http_probe(service, "health")]},
        "method": [_process("action", "pause", line), *wait],
        "rollbacks": [_process("action", "go on", f"kill -CONT {pid}")],
    }


def _http_probe(service: Service, name: str) -> dict[str, Any]:
    provider = {"type": "http", "url": f"{service.url}/{name}", "timeout": 10}
    return {"type": "probe", "name": name, "tolerance": 200, "provider": provider}


def _process(kind: str, name: str, line: str) -> dict[str, Any]:
    provider = {"type": "process", "path": "/bin/sh", "arguments": ["-c", line]}
    return {"type": kind, "name": name, "provider": provider}


if __name__ == "__main__":
    print(main())
