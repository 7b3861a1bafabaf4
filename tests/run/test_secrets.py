"""The value of `${env:TOKEN}` stands in no file of a run, whatever fails."""

from pathlib import Path

import pytest

from seatrial.testing.strikes import Step, kill_at
from tests.run.conftest import Start

TOKEN = "s3cr3t-beyond-guessing"
GIVEN = {"password": "${env:TOKEN}"}


def assert_no_secret(folder: Path, said: str) -> None:
    assert TOKEN not in said
    for path in folder.rglob("*"):
        assert TOKEN.encode() not in (path.read_bytes() if path.is_file() else b""), path


@pytest.mark.parametrize(
    "fails", [pytest.param(False, id="works", marks=pytest.mark.slow), pytest.param(True, id="apply-fails")]
)
def test_no_file_of_the_run_holds_it(start: Start, folder: Path, fails: bool) -> None:
    environment = {"environment": {"TOKEN": TOKEN}}
    live = start({**GIVEN, "fails": fails}, action="testing.stubborn", live=environment)
    assert live.exit_code() == (4 if fails else 0), live.said
    live.await_over()
    assert list(folder.glob("*.made")) == [], "the state, with its secret, could be undone"
    assert_no_secret(live.run.folder, live.said)
    if fails:
        assert "cannot log in as root:${env:TOKEN}" in live.said


def test_nor_after_a_failed_undo_a_dead_runner_and_a_rollback(start: Start, folder: Path) -> None:
    (folder / "blocker").touch()
    strike = kill_at(Step("applied", when="after"), ["runner"])
    environment = {"environment": {"TOKEN": TOKEN}, "strike": strike}
    live = start(GIVEN, action="testing.stubborn", live=environment)
    live.exit_code()
    live.await_over()
    assert "is in the way, ${env:TOKEN}" in live.entries("undone")[-1]["reason"]
    failed = live.command("rollback", "latest")
    assert failed.returncode == 5, failed
    (folder / "blocker").unlink()
    done = live.command("rollback", "latest")
    assert done.returncode == 0, done
    assert list(folder.glob("*.made")) == []
    assert_no_secret(live.run.folder, live.said + failed.stdout + failed.stderr + done.stdout)
