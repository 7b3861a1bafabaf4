"""Reports come from a process beside the run, and come all the same where that is gone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from seatrial.cli.reporter import NAME
from tests.toolkit.experiments import experiment, probe, sh

REPORTS = {"load.hlog", "report.html", "report.json", "report.junit.xml", "report.md"}
HOLDS = probe("holds", "copy:copy", 1, arguments={"x": 1})
Strike = Callable[[psutil.Process], None]


def reporter_of(runner: psutil.Process) -> psutil.Process:
    (found,) = (child for child in runner.children() if child.name() == NAME)
    return found


def kill_it(runner: psutil.Process) -> None:
    reporter_of(runner).kill()


def ctrl_c(runner: psutil.Process) -> None:
    os.killpg(runner.pid, signal.SIGINT)


@pytest.mark.parametrize(("strike", "code"), [(lambda _: None, 0), (kill_it, 0), (ctrl_c, 130)])
def test_every_report_is_made(tmp_path: Path, strike: Strike, code: int) -> None:
    file = tmp_path / "experiment.json"
    file.write_text(json.dumps(experiment([sh("wait", "echo began >&2; sleep 2")], probes=[HOLDS])))
    process = subprocess.Popen(
        [sys.executable, "-m", "seatrial", "run", str(file)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stderr is not None
        while "method: wait" not in process.stderr.readline():
            pass
        strike(psutil.Process(process.pid))
        said = process.stderr.read()
    assert process.returncode == code, said
    (folder,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} >= REPORTS
    told = json.loads((folder / "report.json").read_text())
    assert told["verdict"]["exit_code"] == code


def test_it_ends_with_a_run_that_was_refused(tmp_path: Path) -> None:
    file = tmp_path / "experiment.json"
    file.write_text(json.dumps(experiment([sh("act", "true")], probes=[HOLDS])))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "HALT").write_text("enough\n")
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "run", str(file)], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 3
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["HALT"]


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_whoever_starts_it_may_have_closed_its_streams(closed: str, tmp_path: Path) -> None:
    file = tmp_path / "experiment.json"
    file.write_text(json.dumps(experiment([sh("act", "true")], probes=[HOLDS])))
    script = f'exec "{sys.executable}" -m seatrial run "{file}" {closed}'
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in run.iterdir()} >= REPORTS
