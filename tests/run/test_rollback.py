"""`seatrial rollback`: idempotent, one at a time, never another's change, and it tells what it did."""

import subprocess
from pathlib import Path

import pytest

from seatrial.testing.live_run import LiveRun, seatrial
from seatrial.testing.recording_action import marks
from seatrial.testing.strikes import Step, kill_at
from tests.run.conftest import TARGETS, Start


@pytest.fixture
def dead(start: Start) -> LiveRun:
    """A run that died with two faults, and whose guardian and fuse died too."""
    strike = kill_at(Step("applied", 2, when="after"), ["runner", "guardian", "fuse"])
    live = start(addresses=TARGETS, stages=[2], live={"strike": strike})
    assert live.exit_code() == -9
    live.await_over()
    return live


def test_it_restores_and_does_so_once(dead: LiveRun, folder: Path) -> None:
    assert len(marks(folder)) == 2
    for command in ("runs", "report"):
        arguments = [command, *(["latest", "--format", "json"] if command == "report" else [])]
        assert f"warning: run {dead.run.id} did not end" in dead.command(*arguments).stderr
    done = dead.command("rollback", "latest")
    assert done.returncode == 0, done
    assert marks(folder) == {}
    assert done.stdout.count("restored") == 2
    again = dead.command("rollback", dead.run.id)
    assert (again.returncode, again.stdout) == (0, f"{dead.run.id}: nothing is left of it\n")
    assert dead.command("rollback", "--all").stdout == "nothing to roll back: every run came to its end\n"
    journal = dead.run.journal()
    assert journal.is_over
    assert journal.kinds.count("taken_over") == 1
    assert dead.record().verdict.exit_code == 4


def test_two_at_once_are_one_and_a_refusal(dead: LiveRun, folder: Path) -> None:
    command = [*seatrial("rollback", "latest"), "--runs", str(dead.store.root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [process.communicate()[0].decode() for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 3]), said
    if codes == [0, 3]:
        assert any("is being finished by another process" in text for text in said)
    assert marks(folder) == {}
    assert dead.run.journal().kinds.count("taken_over") == 1


def test_what_was_restored_already_and_what_somebody_else_changed(dead: LiveRun, folder: Path) -> None:
    first, second = sorted(folder.glob("*.mark"))
    first.unlink()
    second.write_text("mine now")
    done = dead.command("rollback", "latest")
    assert done.returncode == 0, done
    assert "was as before already" in done.stdout
    assert (
        "left alone, somebody else has changed it since" in done.stdout or done.stdout.count("already") == 2
    )
    assert second.read_text() == "mine now"


def test_a_torn_last_line_is_dropped_and_the_rest_undone(dead: LiveRun, folder: Path) -> None:
    assert "say which run to roll back" in dead.command("rollback").stderr
    assert "there is no run 'nonsense'" in dead.command("rollback", "nonsense").stderr
    with dead.run.journal_path.open("ab") as file:
        file.write(b'{"n":99,"t_s":1.0,"prev":"ab')
    done = dead.command("rollback", "--all")
    assert done.returncode == 0, done
    assert marks(folder) == {}
    assert dead.run.journal().is_over


def test_a_journal_that_was_changed_is_told_and_blocks_no_other_command(dead: LiveRun, folder: Path) -> None:
    raw = dead.run.journal_path.read_bytes()
    dead.run.journal_path.write_bytes(raw.replace(b'"phase":"baseline"', b'"phase":"recovery"'))
    listed = dead.command("runs")
    assert listed.returncode == 0
    assert f"warning: run {dead.run.id} did not end" in listed.stderr
    refused = dead.command("rollback", "latest")
    assert refused.returncode == 3
    assert "the journal was changed after it was written" in refused.stderr
    dead.run.journal_path.write_bytes(raw)
    assert dead.command("rollback", "latest").returncode == 0
