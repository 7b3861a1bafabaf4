"""Faults on the runner itself: no new process, a clock that jumps, an undo that hangs or fails."""

import os
import pty
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from seatrial.targets import process
from seatrial.testing.recording_action import calls, marks
from tests.run.conftest import TARGETS, Start, unavailable

PIDS = Path("/sys/fs/cgroup/pids")
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
/* CLOCK_REALTIME jumps by $JUMP_S once the file $JUMP_WHEN is there; CLOCK_MONOTONIC stays. */
int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, now);
    if (id == CLOCK_REALTIME && access(getenv("JUMP_WHEN"), F_OK) == 0) now->tv_sec += atol(getenv("JUMP_S"));
    return result;
}
"""


@pytest.fixture
def pids() -> Iterator[Path]:
    """A cgroup whose number of processes can be capped."""
    group = PIDS / f"seatrial-{uuid4().hex[:8]}"
    try:
        group.mkdir()
    except OSError as error:
        unavailable(f"no cgroup can be made in {PIDS}: {error.strerror}")
    yield group
    for pid in (group / "cgroup.procs").read_text().split():
        (PIDS / "cgroup.procs").write_text(pid)
    group.rmdir()


def test_no_process_can_be_started_any_more_and_undo_still_works(
    start: Start, folder: Path, pids: Path
) -> None:
    live = start({"hang": True}, hold_s=55)
    (pids / "cgroup.procs").write_text(str(live.process.pid))
    live.await_entry("intended")
    while not calls(folder):
        pass
    (pids / "pids.max").write_text((pids / "pids.current").read_text())
    live.process.send_signal(signal.SIGTERM)
    assert live.exit_code(45) == 130, live.said
    assert marks(folder) == {}
    assert live.entries("undone")[0]["by"] == "runner"
    (pids / "pids.max").write_text("max")
    live.await_over()


@pytest.mark.parametrize("jump_s", [pytest.param(3600, marks=pytest.mark.slow), -3600])
def test_the_clock_jumps_by_an_hour(start: Start, folder: Path, tmp_path: Path, jump_s: int) -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        unavailable("gcc is missing")
    (tmp_path / "clock.c").write_text(CLOCK)
    library = tmp_path / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "clock.c"], check=True)
    environment = {
        "LD_PRELOAD": str(library),
        "JUMP_WHEN": str(tmp_path / "jump"),
        "JUMP_S": str(jump_s),
    }
    live = start(hold_s=1.5, live={"environment": environment})
    live.await_entry("applied")
    (tmp_path / "jump").touch()
    assert live.exit_code(45) == 0, live.said
    live.await_over()
    assert marks(folder) == {}
    held_s = live.entries("undone")[0]["t_s"] - live.entries("applied")[0]["t_s"]
    assert 1 < held_s < 4, "durations are measured by a clock that does not jump"


def test_an_undo_that_fails_twice_and_then_works(start: Start, folder: Path) -> None:
    live = start({"undo_fails": 2})
    assert live.exit_code() == 0, live.said
    live.await_over()
    assert marks(folder) == {}
    (undone,) = live.entries("undone")
    assert (undone["result"], undone["attempts"]) == ("restored", 3)


@pytest.mark.slow
def test_an_undo_that_hangs_once_is_killed_and_tried_again(start: Start, folder: Path) -> None:
    live = start({"undo_hangs": 1}, addresses=TARGETS, stages=[2])
    assert live.exit_code(60) == 0, live.said
    live.await_over()
    assert marks(folder) == {}
    assert [undone["attempts"] for undone in live.entries("undone")] == [2, 2]


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_an_undo_that_hangs_for_ever_is_exit_5_in_bounded_time(start: Start, folder: Path) -> None:
    limits: dict[str, Any] = {"max_targets": 1, "max_share": "100%", "max_duration": "2 s"}
    live = start({"undo_hangs": 100}, blast_radius=limits)
    assert live.exit_code(120) == 5, live.said
    live.await_over()
    assert len(marks(folder)) == 1
    assert [undone["by"] for undone in live.entries("undone")] == ["runner", "guardian"]


def test_the_terminal_is_closed(start: Start, folder: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as terminal:
        live = start(hold_s=55, live={"terminal": terminal, "environment": {"PYTHONUNBUFFERED": ""}})
    live.await_entry("applied")
    os.close(ours)  # the kernel sends SIGHUP to the session, and every write fails from now on
    assert live.exit_code(45) == 130
    live.await_over()
    assert marks(folder) == {}
    assert live.run.journal().is_over
    assert live.entries("stopped")[0]["reason"] == "SIGHUP: the terminal was closed"


def test_its_process_group_is_killed(start: Start, folder: Path) -> None:
    live = start({"hang": True}, hold_s=55)
    live.await_entry("intended")
    while not calls(folder):
        pass
    os.killpg(live.process.pid, signal.SIGKILL)
    assert live.exit_code() == -9
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("undone")[0]["by"] == "guardian"
    assert all(process.start_ticks(call.pid) is None for call in calls(folder)), "a worker was left"
