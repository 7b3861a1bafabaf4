"""Real runs judged from a real Prometheus: passed with evidence, never without."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from seatrial.journal.entries import Phase
from seatrial.record import Point
from seatrial.shop.monitor import Monitor
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from seatrial.verdict.status import Status
from tests.run.runs import TESTING_PACK

SECRET = "s3cr3t-t0ken"


def experiment(folder: Path, monitor: Monitor, hold_s: float = 6, **more: Any) -> dict[str, Any]:
    marks = folder / "marks"
    marks.mkdir(parents=True, exist_ok=True)
    return small_experiment(
        "testing.marker",
        {"endpoint": {"addresses": ["127.0.0.1:1"]}},
        {"folder": str(marks)},
        hold_s=hold_s,
        baseline_s=6,
        interval="1 s",
        settle="1 s",
        recover_within="10 s",
        prometheus={"main": {"url": monitor.url, "auth": {"bearer": "${env:PROM_TOKEN}"}, "timeout": "1 s"}},
        slis={
            "availability": {
                "prometheus": {
                    "good": 'requests_total{job="shop",code!~"5.."}',
                    "total": 'requests_total{job="shop"}',
                },
                "objective": ">= 95%",
            }
        },
        **more,
    )


def a_run(folder: Path, monitor: Monitor, **more: Any) -> LiveRun:
    return LiveRun(
        folder,
        experiment(folder, monitor, **more),
        packs=[TESTING_PACK],
        environment={"PROM_TOKEN": SECRET},
    )


def test_a_run_that_passes_with_evidence(shop_of_three: Monitor, tmp_path: Path) -> None:
    with a_run(tmp_path / "run", shop_of_three) as run:
        assert run.exit_code() == 0, run.said
        record = run.record()
        [series] = record.slis
        for phase in (Phase.BASELINE, Phase.FAULT, Phase.RECOVERY):
            judged = record.verdict.of("availability", phase)
            assert judged is not None
            assert judged.status is Status.HELD
        during = record.readings(series, Phase.FAULT)
        assert 6 <= len(during) <= 11
        assert ends(series.points) == sorted(set(ends(series.points))), "a reading is told once"
        for written in [tmp_path / "run/said.txt", *run.run.folder.iterdir()]:
            assert SECRET not in written.read_text(errors="replace"), written


def ends(points: tuple[Point, ...]) -> list[float]:
    return [point.t_s for point in points]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "stopped", "emptied"])
@pytest.mark.parametrize("phase", ["preflight", "baseline", "fault", "recovery"])
def test_never_a_pass_without_evidence(shop_of_three: Monitor, tmp_path: Path, phase: str, how: str) -> None:
    """However it goes, the run ends in its time, with its fault undone, and is not called passed."""
    if phase == "preflight":
        strike(shop_of_three, how)
    with a_run(tmp_path / "run", shop_of_three, hold_s=8 if phase == "recovery" else 14) as run:
        if phase != "preflight":
            run.await_phase(phase)
            strike(shop_of_three, how)
        code = run.exit_code(timeout_s=55)
        if phase == "preflight":
            assert code == 3, run.said
            return
        assert run.record().open_faults == []
        # After the fault has been seen to hold, only the return of the SLI is left to be shown.
        assert code in ((1, 4) if phase == "recovery" else (4,)), run.said
        assert run.record().verdict.exit_code == code


@pytest.mark.slow
def test_a_restart_in_the_fault_costs_no_evidence(shop_of_three: Monitor, tmp_path: Path) -> None:
    with a_run(tmp_path / "run", shop_of_three, hold_s=14) as run:
        run.await_phase("fault")
        shop_of_three.end()
        shop_of_three.start()
        assert run.exit_code(timeout_s=55) == 0, run.said


def strike(monitor: Monitor, how: str) -> None:
    if how == "stopped":
        os.kill(monitor.pid, signal.SIGSTOP)
        return
    monitor.end()
    if how == "emptied":
        (monitor.folder / "data").rename(monitor.folder / "gone")
        monitor.start()
