"""Every outcome of a run: its exit code, what is left, what it says."""

import json
from pathlib import Path

from seatrial.testing.live_run import LiveRun
from seatrial.testing.recording_action import calls, marks
from tests.run.conftest import TARGETS, Start


def said_by(folder: Path, value: object) -> dict[str, object]:
    """An SLI whose value stands in a file."""
    (folder / "value.json").write_text(json.dumps(value))
    sli = {"file": str(folder / "value.json")}
    return {"steady": {"scripted": sli, "objective": "value == 1", "deviates_at": "1 of 1"}}


def assert_put_back(live: LiveRun, folder: Path) -> None:
    live.await_over()
    assert marks(folder) == {}
    assert live.run.journal().is_over
    assert not list((live.folder / "locks").glob("*.json"))


def test_0_it_passes_and_leaves_nothing_but_its_record(start: Start, folder: Path) -> None:
    live = start()
    assert live.exit_code() == 0, live.said
    assert_put_back(live, folder)
    assert [call.moment for call in calls(folder)] == ["apply", "applied", "undo", "undone"]
    phases = [entry["phase"] for entry in live.entries("phase_started")]
    assert phases == ["preflight", "baseline", "fault", "undo", "recovery"]
    (undone,) = live.entries("undone")
    assert undone["result"] == "restored"
    assert undone["took_s"] < 1
    record = live.record()
    assert record.verdict.exit_code == 0
    assert record.ended is not None
    assert (live.run.folder / "report.html").stat().st_size > 1000
    assert "PASSED" in live.said


def test_1_a_guard_ends_the_fault_long_before_its_time(start: Start, folder: Path) -> None:
    live = start(hold_s=55, slis=said_by(folder, 1), recover_within="1 s")
    live.await_entry("effect_checked")
    (folder / "next").write_text("2")
    (folder / "next").replace(folder / "value.json")
    assert live.exit_code(45) == 1, live.said
    assert_put_back(live, folder)
    assert live.entries("stopped")[0]["why"] == "guard"
    (breach,), (undone,) = live.entries("guard_breached"), live.entries("undone")
    assert undone["t_s"] - breach["t_s"] < 1
    assert "FAILED" in live.said


def test_2_a_file_that_is_wrong(start: Start, folder: Path) -> None:
    live = start(recover_within="soon")
    assert live.exit_code() == 2
    assert "hint:" in live.said
    assert list(live.store.runs()) == []


def test_3_a_plan_over_its_caps_leaves_no_folder(start: Start, folder: Path) -> None:
    caps = {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"}
    live = start(addresses=TARGETS, stages=[2], blast_radius=caps)
    assert live.exit_code() == 3
    assert "max_targets is 1" in live.said
    assert not live.store.root.exists() or list(live.store.root.iterdir()) == []
    assert calls(folder) == []


def test_4_a_baseline_that_does_not_hold_injects_nothing(start: Start, folder: Path) -> None:
    live = start(slis=said_by(folder, 0))
    assert live.exit_code() == 4, live.said
    assert_put_back(live, folder)
    assert live.entries("stopped")[0]["why"] == "baseline"
    assert live.entries("intended") == []
    assert calls(folder) == []


def test_4_a_fault_that_does_not_bite(start: Start, folder: Path) -> None:
    live = start({"no_effect": True})
    assert live.exit_code() == 4, live.said
    assert_put_back(live, folder)
    assert "had no effect" in live.said


def test_4_a_fault_that_somebody_takes_away_before_its_time(start: Start, folder: Path) -> None:
    live = start(hold_s=3)
    live.await_entry("effect_checked")
    (mark,) = folder.glob("*.mark")
    mark.unlink()
    assert live.exit_code() == 4, live.said
    assert_put_back(live, folder)
    assert "was gone before it was undone" in live.said


def test_4_a_fault_that_cannot_be_injected_is_undone_all_the_same(start: Start, folder: Path) -> None:
    live = start({"apply_fails": True}, addresses=TARGETS, stages=[1, 2], hold_s=55)
    assert live.exit_code(45) == 4, live.said
    assert_put_back(live, folder)
    assert live.entries("stopped")[0]["why"] == "apply"
    assert len(live.entries("intended")) == 1


def test_5_an_undo_that_fails_is_told_first_with_the_command_that_finishes_it(
    start: Start, folder: Path
) -> None:
    (folder / "blocker").touch()
    live = start(action="testing.stubborn")
    assert live.exit_code() == 5, live.said
    live.await_over()
    assert len(list(folder.glob("*.made"))) == 1
    assert "UNDO_INCOMPLETE" in live.said.upper().replace(" ", "_")
    assert f"seatrial rollback {live.run.id}" in live.said
    assert [entry["by"] for entry in live.entries("undone")] == ["runner", "guardian"]

    warned = live.command("runs")
    assert f"seatrial rollback {live.run.id}" in warned.stderr
    failed = live.command("rollback", live.run.id)
    assert failed.returncode == 5
    assert "REMAINS" in failed.stdout
    assert "is in the way" in failed.stdout

    (folder / "blocker").unlink()
    done = live.command("rollback", live.run.id)
    assert done.returncode == 0, done
    assert "restored" in done.stdout
    assert list(folder.glob("*.made")) == []
    assert "rollback" not in live.command("runs").stderr
