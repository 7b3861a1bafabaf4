"""Two runs never hit one target, and `seatrial halt` ends them all."""

import json
from pathlib import Path

import pytest

from seatrial.run import locks
from seatrial.store import Run
from seatrial.targets.target import EndpointTarget
from seatrial.testing.recording_action import calls, marks
from seatrial.testing.strikes import Step, kill_at
from tests.run.conftest import Start


def test_a_second_run_on_the_same_target_is_refused(start: Start, folder: Path) -> None:
    first = start(hold_s=55)
    first.await_entry("applied")
    second = start()
    assert second.exit_code() == 3
    assert f"127.0.0.1:1 is being hit by another run: {first.run.folder}" in second.said
    assert len(list(first.store.runs())) == 1, "a refused run leaves no folder"
    first.process.terminate()
    assert first.exit_code() == 130
    first.await_over()
    assert marks(folder) == {}


def test_a_run_that_died_with_its_fault_blocks_the_target_until_rollback(start: Start, folder: Path) -> None:
    strike = kill_at(Step("applied", when="after"), ["runner", "guardian", "fuse"])
    dead = start(live={"strike": strike})
    dead.exit_code()
    dead.await_over()
    assert len(marks(folder)) == 1
    refused = start()
    assert refused.exit_code() == 3
    assert f"may still have a fault on it from a run that died: {dead.run.folder}" in refused.said
    assert f"seatrial rollback {dead.run.folder}" in refused.said
    assert f"warning: run {dead.run.id} did not end" in refused.said
    assert dead.command("rollback", str(dead.run.folder)).returncode == 0
    assert marks(folder) == {}
    assert list((dead.folder / "locks").glob("*.json")) == []


def test_a_lock_whose_run_is_gone_or_over_is_stale(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = start()
    assert over.exit_code() == 0
    monkeypatch.setenv(locks.ENVIRONMENT, str(tmp_path / "locks"))
    target, mine = EndpointTarget(host="127.0.0.1", port=1), Run(tmp_path / "mine")
    lock = locks._path(target)
    for owner in (over.run.folder, tmp_path / "no-such-run"):
        lock.write_text(json.dumps({"run": str(owner), "target": target.label}))
        locks.acquire([target], mine)
        assert json.loads(lock.read_text())["run"] == str(mine.folder)
    locks.release([target], over.run)
    assert lock.exists(), "another's lock is left alone"
    locks.release([target], mine)
    assert not lock.exists()


def test_locks_that_cannot_be_kept_refuse_the_run(start: Start, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "locks").write_text("a file where a folder should be")
    live = start()
    assert live.exit_code() == 3, live.said
    assert "cannot be locked" in live.said
    assert calls(folder) == []


def test_halt_ends_every_run_and_refuses_new_ones_until_it_is_lifted(start: Start, folder: Path) -> None:
    live = start(hold_s=55)
    live.await_entry("applied")
    halted = live.command("halt", "--reason", "an incident")
    assert halted.returncode == 0
    assert live.run.id in halted.stdout
    assert live.exit_code(45) == 4, live.said
    live.await_over()
    assert marks(folder) == {}
    assert live.entries("stopped")[0] | {"t_s": 0} == {
        "kind": "stopped",
        "why": "halt",
        "reason": "halted: an incident",
        "t_s": 0,
    }
    refused = start()
    assert refused.exit_code() == 3
    assert "halted: an incident" in refused.said
    assert "seatrial halt --lift" in refused.said
    assert live.command("halt", "--lift").stdout == "lifted: runs may begin again\n"
    assert live.command("halt", "--lift").stdout == "nothing was halted\n"


def test_a_run_folder_without_a_line_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    run = Run(tmp_path)
    assert not run.is_unfinished()
    assert run.ended() is None
