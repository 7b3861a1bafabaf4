"""What a run costs beside its phases, and how much CPU it takes while it watches

The whole `seatrial run` of a small experiment on the shop is timed from outside; less the time from the
beginning of the first phase to the end of the last, as the journal has it, that is the run's own overhead.
With load, waiting for Locust to send its first request is part of it.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from seatrial.journal.entries import Phase, PhaseStarted, Recovered
from seatrial.journal.reader import read_journal
from seatrial.shop import Shop
from seatrial.store import Store

RUNS = 5
WATCH_S = 30
SEATRIAL = Path(sys.executable).parent / "seatrial"
AVAILABILITY = {"load": "success_ratio", "objective": ">= 95%"}
HEALTHY = {"http": "${shop}/health", "objective": "status == 200"}


def small(shop: Shop, *, loaded: bool) -> Mapping[str, object]:
    """About the shortest experiment that can pass: one replica of three is paused for 3 s."""
    slis = {"healthy": HEALTHY, **({"availability": AVAILABILITY} if loaded else {})}
    return {**common(shop, slis, hold="3 s", loaded=loaded), "baseline": "3 s", "interval": "500 ms"}


def watching(shop: Shop, *, loaded: bool) -> Mapping[str, object]:
    """Ten SLIs, read every second through a baseline of `WATCH_S`."""
    slis = of_users(shop) if loaded else {}
    for number in range(10 - len(slis)):
        slis[f"healthy_{number}"] = HEALTHY
    return {**common(shop, slis, hold="6 s", loaded=loaded), "baseline": f"{WATCH_S} s"}


def of_users(shop: Shop) -> dict[str, object]:
    """One of each kind."""
    counted = {"total": "http_requests_total", "bad": 'http_requests_total{code=~"5.."}'}
    return {
        "availability": AVAILABILITY,
        "p95": {"load": "p95", "objective": "< 1 s"},
        "p99": {"load": "p99", "objective": "< 1 s"},
        "throughput": {"load": "throughput", "objective": ">= 1/s"},
        "healthy": HEALTHY,
        "listening": {"tcp": f"127.0.0.1:{shop.port}", "objective": "open == true"},
        "replicas": {"process": "shop-replica .*--shop ${shop_id}", "objective": "count >= 3"},
        "counted": {"openmetrics": {"url": "${shop}/metrics", **counted}, "objective": ">= 95%"},
        "in_flight": {
            "openmetrics": {"url": "${shop}/metrics", "gauge": "http_requests_in_flight"},
            "objective": "value <= 100",
        },
        "catalogue": {"http": "${shop}/products", "objective": "latency < 1 s"},
    }


def common(shop: Shop, slis: Mapping[str, object], *, hold: str, loaded: bool) -> dict[str, object]:
    load = {"requests": [{"path": "/products"}], "host": "${shop}", "rate": "100/s"}
    return {
        "title": "One replica hangs",
        "hypothesis": "The shop bears it.",
        "variables": {"shop": shop.url, "shop_id": shop.shop_id},
        "slis": slis,
        **({"load": load} if loaded else {}),
        "faults": [
            {
                "action": "process.pause",
                "targets": {"process": {"cmdline": "shop-replica .*--shop ${shop_id}"}},
                "for": hold,
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "34%", "max_duration": "1 min"},
        "recover_within": "10 s",
        "settle": "1 s",
    }


@dataclass(frozen=True)
class Timed:
    """Of one run, in seconds."""

    before: float
    """From the start of the process to the first line of the journal."""
    preflight: float
    phases: float
    after: float
    """From the end of recovery to the end of the process: verdict and reports."""

    @property
    def overhead(self) -> float:
        return self.before + self.preflight + self.after


def command(experiment: Mapping[str, object], folder: Path) -> list[str | Path]:
    file = folder / "experiment.json"
    file.write_text(json.dumps(experiment))
    return [SEATRIAL, "run", file, "--runs", folder / "runs"]


def timed(experiment: Mapping[str, object]) -> Timed:
    with tempfile.TemporaryDirectory() as name:
        began_s = time.monotonic()
        done = subprocess.run(command(experiment, Path(name)), capture_output=True, text=True, check=False)
        ended_s = time.monotonic()
        if done.returncode != 0:
            sys.exit(f"the run did not pass: {done.stdout}{done.stderr}")
        [run] = Store(Path(name) / "runs").runs()
        journal = read_journal(run.journal_path)
    zero_s = journal.started.began_monotonic_s - began_s
    phases = {line.entry.phase: line.t_s for line in journal.lines if isinstance(line.entry, PhaseStarted)}
    recovered_s = next(line.t_s for line in journal.lines if isinstance(line.entry, Recovered))
    return Timed(
        before=zero_s,
        preflight=phases[Phase.BASELINE],
        phases=recovered_s - phases[Phase.BASELINE],
        after=ended_s - began_s - zero_s - recovered_s,
    )


def overhead_row(name: str, runs: Sequence[Timed]) -> str:
    def middle(part: str) -> str:
        return f"{statistics.median(getattr(run, part) for run in runs):.2f}"

    totals = sorted(run.overhead for run in runs)
    cells = " | ".join(middle(part) for part in ("before", "preflight", "after"))
    return f"| {name} | {cells} | **{middle('overhead')}** ({totals[0]:.2f} to {totals[-1]:.2f}) |"


def overhead() -> str:
    rows = []
    with Shop() as shop:
        for name, loaded in (("without load", False), ("with load, 100/s", True)):
            runs = [timed(small(shop, loaded=loaded)) for _ in range(RUNS)]
            rows.append(overhead_row(name, runs))
    head = (
        f"Medians of {RUNS} runs, in seconds:\n\n"
        "| run | until the journal begins | until the baseline begins | after recovery | together (all) |\n"
        "|---|--:|--:|--:|--:|"
    )
    return "\n".join([head, *rows])


Used = Mapping[int, tuple[str, float]]
"""By pid: what kind of process it is, and its CPU seconds so far, without its children's."""


def used(runner: psutil.Process) -> Used:
    found = {}
    for process in (runner, *runner.children(recursive=True)):
        try:
            times, line = process.cpu_times(), " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        found[process.pid] = (kind_of(process, runner, line), times.user + times.system)
    return found


def kind_of(process: psutil.Process, runner: psutil.Process, line: str) -> str:
    if process == runner:
        return "runner"
    return "load generator" if "seatrial.guardian" not in line and "seatrial.crew" not in line else "guardian"


def shares(experiment: Mapping[str, object]) -> dict[str, float]:
    """By kind of process, the share of a core that it took from the baseline's beginning to its end."""
    looks: list[tuple[float, Used]] = []
    with tempfile.TemporaryDirectory() as name:
        process = subprocess.Popen(
            command(experiment, Path(name)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        runner = psutil.Process(process.pid)
        assert process.stdout is not None
        assert process.stderr is not None
        looks.extend(
            (time.monotonic(), used(runner))
            for line in process.stderr
            if line.endswith((" s  baseline\n", " s  fault\n"))
        )
        told = process.stdout.read()
        if process.wait() != 0:
            sys.exit(f"the run with ten SLIs did not pass: {told}")
    (begin_s, before), (end_s, after) = looks
    found: dict[str, float] = {}
    for pid, (kind, cpu_s) in after.items():
        grown_s = cpu_s - before.get(pid, (kind, 0.0))[1]
        found[kind] = found.get(kind, 0.0) + grown_s / (end_s - begin_s)
    return found


def cpu() -> str:
    rows = []
    with Shop() as shop:
        for name, loaded in (("ten, all http", False), ("ten, four of the load (100/s)", True)):
            told = shares(watching(shop, loaded=loaded))
            cells = (f"{told[k]:.1%}" if k in told else "" for k in ("runner", "guardian", "load generator"))
            rows.append(f"| {name} | {' | '.join(cells)} |")
    head = (
        f"CPU of a core over {WATCH_S} s of baseline, SLIs read every second:\n\n"
        "| SLIs | runner | guardian and workers | load generator |\n|---|--:|--:|--:|"
    )
    return "\n".join([head, *rows])


def main() -> str:
    return f"{overhead()}\n\n{cpu()}"


if __name__ == "__main__":
    print(main())
