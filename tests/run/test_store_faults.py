"""A disk that is full, broken or read-only: nothing is injected, or all of it is undone."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.testing.recording_action import calls, marks
from seatrial.testing.strikes import Step, fail_at
from tests.run.conftest import Start, unavailable


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A store of one megabyte of its own."""
    mounted = tmp_path / "runs"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        unavailable("a tmpfs cannot be mounted here")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def _fill(folder: Path) -> None:
    room = os.statvfs(folder).f_bavail
    with (folder / "filler").open("wb", buffering=0) as file:
        written = file.write(bytes((room + 1) * os.statvfs(folder).f_bsize))
    assert written > 0
    assert os.statvfs(folder).f_bavail == 0


def test_a_full_disk_before_the_start_touches_nothing(small: Path, start: Start, folder: Path) -> None:
    _fill(small)
    live = start()
    assert live.exit_code() == 3, live.said
    assert "No space left on device" in live.said
    assert calls(folder) == []
    assert [path.name for path in small.iterdir()] == ["filler"]


def test_a_disk_that_fills_under_the_fault_still_gets_the_undo_told(
    small: Path, start: Start, folder: Path
) -> None:
    live = start(hold_s=2)
    live.await_entry("effect_checked")
    _fill(small)
    assert live.exit_code() in (0, 4), live.said
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("undone")[0]["result"] == "restored"
    assert live.run.journal().is_over


def test_a_read_only_store_touches_nothing(small: Path, start: Start, folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    live = start()
    assert live.exit_code() == 3, live.said
    assert "Read-only file system" in live.said
    assert calls(folder) == []


@pytest.mark.parametrize(
    "number",
    [pytest.param(errno.EIO, id="EIO"), pytest.param(errno.ENOSPC, id="ENOSPC", marks=pytest.mark.slow)],
)
def test_an_intent_that_cannot_be_written_is_not_carried_out(start: Start, folder: Path, number: int) -> None:
    live = start(live={"strike": fail_at(Step("intended"), number)})
    assert live.exit_code() == 4, live.said
    live.await_over()
    assert [call.moment for call in calls(folder) if call.moment.startswith("appl")] == []
    assert marks(folder) == {}


@pytest.mark.parametrize(
    "step", [pytest.param(Step("applied"), marks=pytest.mark.slow), Step("undone")], ids=str
)
def test_a_disk_that_breaks_later_does_not_keep_undo_from_happening(
    start: Start, folder: Path, step: Step
) -> None:
    live = start(live={"strike": fail_at(step, errno.EIO)})
    assert live.exit_code() == 4, live.said
    live.await_over()
    assert marks(folder) == {}
    assert "Input/output error" in live.said
    # The journal could not be told, so it is looked at again, and found to be as before.
    assert f"seatrial rollback {live.run.id}" in live.command("runs").stderr
    assert "was as before already" in live.command("rollback", "latest").stdout
