"""The baseline is judged twice: by the runner before it injects anything, and from the journal ever after."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.journal.entries import Phase, StopKind
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome
from tests.run.runs import run

SICK: JsonValue = {"kind": "ratio", "good": 90, "total": 100}
WELL: JsonValue = {"kind": "ratio", "good": 100, "total": 100}
MARKER: JsonValue = {
    "action": "testing.marker",
    "targets": {"endpoint": {"addresses": ["127.0.0.1:1"]}},
    "for": "1 s",
}


def experiment(folder: Path, script: JsonValue, **more: JsonValue) -> dict[str, JsonValue]:
    (folder / "markers").mkdir()
    assert isinstance(MARKER, dict)
    return {
        "title": "Judged twice",
        "hypothesis": "Both say the same.",
        "slis": {
            "availability": {"scripted": {"script": script, "gives": "ratio"}, "objective": ">= 99%"},
            "other": {"scripted": {"script": script, "gives": "ratio"}, "objective": ">= 50%"},
        },
        "interval": "100 ms",
        "baseline": "2 s",
        "faults": [{**MARKER, "with": {"folder": str(folder / "markers")}}],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        "recover_within": "2 s",
        "settle": "300 ms",
        **more,
    }


def test_the_runner_and_the_record_say_the_same(tmp_path: Path) -> None:
    """It falls sick in the middle, so a reading more or less would make another number of events."""
    record = run(tmp_path, experiment(tmp_path, {"0 s": WELL, "1 s": SICK}))
    assert record.stop is not None
    assert record.stop[1].why is StopKind.BASELINE
    baseline = record.verdict.of("availability", Phase.BASELINE)
    assert baseline is not None
    assert baseline.status is Status.DEVIATED
    assert record.stop[1].reason.endswith(baseline.decision.reason)
    assert record.verdict.outcome is Outcome.INCONCLUSIVE
    assert len(record.verdict.reasons) == 1
    assert record.hit == []
    assert list((tmp_path / "markers").iterdir()) == []


def test_a_run_without_faults_says_that_it_only_measured(tmp_path: Path) -> None:
    record = run(tmp_path, experiment(tmp_path, {"0 s": WELL}, faults=[]))
    assert record.verdict.outcome is Outcome.PASSED
    assert record.verdict.headline == (
        "The steady state held: all 2 objectives were kept; nothing was injected."
    )
    assert [one.phase for one in record.verdict.objectives] == [Phase.BASELINE] * 2


@pytest.mark.parametrize("control", [False, True], ids=["a fault", "an A/A run"])
def test_every_second_is_in_one_phase_only(tmp_path: Path, control: bool) -> None:
    record = run(tmp_path, experiment(tmp_path, {"0 s": WELL}), control=control)
    assert record.verdict.outcome is Outcome.PASSED, record.verdict
    series, (fault_begin_s, _) = record.slis[0], record.fault_window or (0.0, 0.0)
    before = [point for point in series.points if point.t_s <= fault_begin_s]
    parts = [record.readings(series, phase) for phase in (Phase.BASELINE, Phase.FAULT, Phase.RECOVERY)]
    assert len(parts[0]) >= len(before) - 2, "what touches an edge of the phase is in none"
    assert len(parts[1]) > 0
    assert sum(map(len, parts)) <= len(series.points)
    assert bool(record.hit) != control
