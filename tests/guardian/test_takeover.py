"""The guardian takes over from a runner that is stopped, and the fuse from both; memory that they cost."""

import os
import signal
from pathlib import Path

import pytest

from seatrial.guardian.fuse import watch
from seatrial.guardian.protocol import FUSE_BEGIN
from seatrial.testing.recording_action import marks
from seatrial.testing.strikes import Step, kill_at
from tests.run.conftest import Start

FUSE_MIB_MAX = 8
"""Of memory that it shares with nobody."""


@pytest.mark.slow
def test_a_stopped_runner_is_ended_and_undone(start: Start, folder: Path) -> None:
    live = start(hold_s=60)
    live.await_entry("effect_checked")
    live.kill("runner", number=signal.SIGSTOP)
    assert live.exit_code(20) == -signal.SIGKILL
    live.await_over()
    assert marks(folder) == {}
    (taken,) = live.entries("taken_over")
    assert taken["reason"] == "the runner was silent for 5 s"
    assert taken["t_s"] - live.entries("effect_checked")[0]["t_s"] < 8
    assert live.record().verdict.exit_code == 4


@pytest.mark.slow
def test_a_stopped_guardian_makes_the_runner_undo(start: Start, folder: Path) -> None:
    live = start(hold_s=60)
    live.await_entry("effect_checked")
    live.kill("guardian", number=signal.SIGSTOP)
    assert live.exit_code(20) == 4, live.said
    assert marks(folder) == {}
    assert "the guardian was silent for 5 s" in live.entries("stopped")[0]["reason"]
    live.kill("guardian")


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_both_stopped_and_the_fuse_ends_the_fault_at_its_limit(start: Start, folder: Path) -> None:
    caps = {"max_targets": 1, "max_share": "100%", "max_duration": "2 s"}
    live = start(hold_s=1.5, blast_radius=caps)
    live.await_entry("applied")
    live.kill("runner", "guardian", number=signal.SIGSTOP)
    live.exit_code(60)
    live.await_over()
    assert marks(folder) == {}
    (taken,) = live.entries("taken_over")
    assert taken["reason"] == "runner and guardian let the absolute limit pass"
    applied_s = live.entries("applied")[0]["t_s"]
    assert 31 < live.entries("undone")[0]["t_s"] - applied_s < 50, "2 s, and 30 s for the undo"


def test_both_killed_and_the_fuse_undoes_at_once(start: Start, folder: Path) -> None:
    strike = kill_at(Step("effect_checked", when="after"), ["runner", "guardian"])
    live = start(hold_s=60, live={"strike": strike})
    live.exit_code()
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("taken_over")[0]["reason"] == "runner and guardian both died"
    undone_s = live.entries("undone")[0]["t_s"] - live.entries("effect_checked")[0]["t_s"]
    assert undone_s < 8


def test_the_fuse_costs_next_to_nothing(start: Start, folder: Path) -> None:
    live = start(hold_s=60)
    live.await_entry("applied")
    live.await_phase("fault")
    assert _own_mib(live.pids()["fuse"]) < FUSE_MIB_MAX
    live.process.terminate()
    assert live.exit_code() == 130
    live.await_over()
    assert marks(folder) == {}


def _own_mib(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_")) / 1024


@pytest.mark.parametrize(
    ("said", "why"), [(b"", None), (FUSE_BEGIN + b"\n", "runner and guardian both died")], ids=["no", "yes"]
)
def test_a_fuse_hits_nobody_before_the_run_has_begun(said: bytes, why: str | None) -> None:
    """A runner that needs its guardian no more, before that is ready, is well and goes on."""
    hears, tells = os.pipe()
    os.write(tells, said)
    os.close(tells)
    assert watch(hears) == why
    os.close(hears)
