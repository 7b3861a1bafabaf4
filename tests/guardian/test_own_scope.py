"""Where systemd is there, guardian and fuse have a scope of their own: the runner's end spares them."""

import os
import subprocess
from pathlib import Path

import pytest

from seatrial.testing.live_run import LiveRun
from seatrial.testing.recording_action import marks
from tests.run.conftest import Start

pytestmark = pytest.mark.systemd


@pytest.fixture
def live(systemd: None, start: Start, folder: Path) -> LiveRun:
    """A run whose runner is a unit of systemd, with its fault in place."""
    prefix = ["systemd-run", "--scope", "--quiet", "--collect", f"--unit=seatrial-test-{os.getpid()}"]
    live = start(hold_s=60, live={"prefix": prefix})
    live.await_entry("effect_checked")
    assert marks(folder)
    return live


def unit_of(pid: int) -> str:
    """The unit of systemd that a process belongs to."""
    own = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return next(line for line in own if line.startswith(("0::", "1:name=systemd:"))).rpartition("/")[2]


def test_they_are_no_part_of_the_runner(live: LiveRun, folder: Path) -> None:
    units = {role: unit_of(pid) for role, pid in live.pids().items()}
    assert units["guardian"] == units["fuse"] != units["runner"]
    assert all(one.endswith(".scope") for one in units.values())


def test_a_unit_that_is_killed_leaves_its_guardian(live: LiveRun, folder: Path) -> None:
    unit = unit_of(live.process.pid)
    subprocess.run(["systemctl", "kill", "--signal=KILL", unit], check=True)
    live.exit_code()
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("taken_over")[0]["reason"] == "the runner died"


def test_a_unit_that_is_stopped_undoes(live: LiveRun, folder: Path) -> None:
    subprocess.run(["systemctl", "stop", unit_of(live.process.pid)], check=True)
    assert live.exit_code() == 130
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("taken_over") == []
