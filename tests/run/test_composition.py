"""Several faults in one run: one after another, at their times, overlapping, chosen by the seed."""

from pathlib import Path

from pydantic import JsonValue

from seatrial.journal.entries import UndoResult
from seatrial.record import RunRecord
from seatrial.testing.recording_action import Call, calls, marks
from seatrial.testing.small_experiment import small_experiment
from seatrial.verdict.verdict import Outcome
from tests.run.conftest import Start
from tests.run.runs import run


def fault(folder: Path, port: int, **more: JsonValue) -> dict[str, JsonValue]:
    given: JsonValue = {"folder": str(folder)}
    targets: JsonValue = {"endpoint": {"addresses": [f"127.0.0.1:{port}"]}}
    return {"action": "testing.marker", "with": given, "targets": targets, "for": "600 ms", **more}


def ran(tmp_path: Path, faults: list[JsonValue], seed: int = 1) -> RunRecord:
    record = run(tmp_path, small_experiment("", {}, faults=faults), seed=seed)
    assert record.verdict.outcome is Outcome.PASSED, record.verdict.headline
    return record


def order(folder: Path) -> list[str]:
    """`apply 1`, `undone 1`: what was done, and to which port."""
    return [f"{one.moment} {one.target.rpartition('/')[2]}" for one in done(folder)]


def done(folder: Path) -> list[Call]:
    return [one for one in calls(folder) if one.moment in ("apply", "undone")]


def test_one_after_another_each_undone_before_the_next(tmp_path: Path, folder: Path) -> None:
    slow: JsonValue = {"folder": str(folder), "undo_takes": "400 ms"}
    record = ran(tmp_path, [fault(folder, 1, **{"with": slow}), fault(folder, 1), fault(folder, 2)])
    assert order(folder) == ["apply 1", "undone 1"] * 2 + ["apply 2", "undone 2"]
    assert marks(folder) == {}
    assert [one.starts_at_s for one in record.plan.faults] == [0.0, 0.6, 1.2]


def test_at_their_times_overlapping(tmp_path: Path, folder: Path) -> None:
    faults: list[JsonValue] = [
        fault(folder, 1, at="300 ms", **{"for": "900 ms"}),  # 0.3 to 1.2
        fault(folder, 2, at="0 s", **{"for": "2 s"}),  # 0.0 to 2.0
        fault(folder, 3, at="1.5 s", **{"for": "500 ms"}),  # 1.5 to 2.0
    ]
    record = ran(tmp_path, faults)
    assert order(folder)[:4] == ["apply 2", "apply 1", "undone 1", "apply 3"]
    assert sorted(order(folder)[4:]) == ["undone 2", "undone 3"]
    began = next(one.t_s for one in done(folder))
    after = {f"{one.moment} {one.target[-1]}": one.t_s - began for one in done(folder)}
    for what, planned_s in {"apply 1": 0.3, "apply 3": 1.5, "undone 1": 1.2, "undone 2": 2.0}.items():
        assert planned_s - 0.15 < after[what] < planned_s + 2.0, f"{what} was at {after[what]:.2f} s"
    assert [one.undo.result for one in record.faults if one.undo] == [UndoResult.RESTORED] * 3
    assert record.plan.blast is not None
    assert record.plan.blast.targets == 2


def test_one_that_the_seed_chose(tmp_path: Path, folder: Path) -> None:
    faults: list[JsonValue] = [fault(folder, port, one_of="any") for port in range(1, 6)]
    record = ran(tmp_path, faults, seed=11)
    (chosen,) = record.plan.faults
    assert chosen.one_of == ("testing.marker",) * 5
    assert order(folder) == [f"apply {chosen.index + 1}", f"undone {chosen.index + 1}"]


def test_a_death_while_two_overlap_leaves_none(start: Start, folder: Path) -> None:
    faults: list[JsonValue] = [fault(folder, port, at=f"{port - 1} s", **{"for": "30 s"}) for port in (1, 2)]
    live = start(faults=faults)
    live.await_entry("applied", 2)
    assert len(marks(folder)) == 2
    live.kill("runner")
    live.await_over()
    assert marks(folder) == {}
    assert [one for one in order(folder) if one.startswith("undone")] == ["undone 2", "undone 1"]
