"""Summing up A/A runs: how often the gate would have failed a healthy system, and what to change."""

from pathlib import Path

import pytest

from seatrial.journal import entries as journal
from seatrial.journal.entries import Entry, Phase, StopKind
from seatrial.measure import Measure
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Reading
from seatrial.record import RunRecord
from seatrial.verdict.calibration import Calibration, ObjectiveCalibration, calibrate
from tests.verdict.records import MadeUp, Says, latency, plan, ratio, sli, steady, value

AVAILABILITY = sli()


def aa_run(folder: Path, number: int, spec: PlannedSli, says: Says, *extra: tuple[float, Entry]) -> RunRecord:
    (folder / str(number)).mkdir()
    run = MadeUp(plan([spec], control=True), {spec.name: says}, extra=list(extra))
    return run.record(folder / str(number))


def calibrated(folder: Path, spec: PlannedSli, *says: Says) -> Calibration:
    return calibrate([aa_run(folder, number, spec, each) for number, each in enumerate(says)])


def under_fault(found: Calibration) -> ObjectiveCalibration:
    return next(one for one in found.objectives if one.phase is Phase.FAULT)


def test_nothing_is_no_calibration() -> None:
    with pytest.raises(ValueError, match=r"^there is no run to calibrate from$"):
        calibrate([])


def test_a_healthy_system_and_a_good_gate(tmp_path: Path) -> None:
    found = calibrated(tmp_path, AVAILABILITY, *[steady(ratio())] * 5)
    assert (found.runs, found.passed, found.failed, found.inconclusive, found.stopped) == (5, 5, 0, 0, 0)
    assert found.advice == ()
    row = under_fault(found)
    assert (row.held, row.deviated, row.unknown) == (5, 0, 0)
    # 1,000 events against 1 %: 9 of 10 runs see 2.28 % and more.
    assert row.smallest_change.endswith(" of events bad")
    assert 2 < float(row.smallest_change.split()[0]) < 3


def test_few_runs_promise_little(tmp_path: Path) -> None:
    found = calibrated(tmp_path, AVAILABILITY, *[steady(ratio())] * 5)
    assert found.disturbed_share_max == pytest.approx(1 - 0.05 ** (1 / 5))


def test_an_objective_that_is_too_tight(tmp_path: Path) -> None:
    sick = steady(ratio(), ratio(5))
    found = calibrated(tmp_path, AVAILABILITY, steady(ratio()), sick, sick)
    assert (found.passed, found.failed, found.disturbed) == (1, 2, 2)
    assert found.advice == (
        "availability `>= 99%` (fault) is too tight: 2 of 3 healthy runs missed it; "
        "they measured 95 % to 100 %",
    )


def test_an_objective_that_stays_undecided(tmp_path: Path) -> None:
    found = calibrated(tmp_path, AVAILABILITY, steady(ratio(), ratio(1)), steady(ratio()))
    assert (found.passed, found.inconclusive, found.disturbed) == (1, 1, 0)
    [advice] = found.advice
    assert advice.startswith("availability `>= 99%` (fault) stays undecided in 1 of 2 healthy runs: ")
    assert "neither shown nor refuted" in advice


def test_a_guard_that_stops_a_healthy_run(tmp_path: Path) -> None:
    stop = journal.Stopped(why=StopKind.GUARD, reason="it broke")
    breach = journal.GuardBreached(guard="availability >= 99 %", sli="availability", reason="it broke")
    stopped = aa_run(tmp_path, 1, AVAILABILITY, steady(ratio()), (15.0, breach), (15.0, stop))
    found = calibrate([aa_run(tmp_path, 0, AVAILABILITY, steady(ratio())), stopped])
    assert (found.passed, found.failed, found.stopped, found.disturbed) == (1, 1, 1, 1)


def test_the_smallest_change_of_each_kind(tmp_path: Path) -> None:
    slow = sli("latency", "< 300 ms", measure=Measure.LATENCY)
    durations = latency({20.0 + n: 4 for n in range(25)})
    kinds: dict[str, tuple[PlannedSli, Reading, str]] = {
        "latency": (slow, durations, " of requests slower than 300 ms"),
        "relative": (
            sli("relative", "< 300 ms", "<= 2x baseline", measure=Measure.LATENCY),
            durations,
            "x the baseline",
        ),
        "value": (
            sli("value", "value < 3", measure=Measure.VALUE, quantity="value"),
            value(1),
            "3 of 5 readings in a row",
        ),
    }
    for name, (spec, reading, ending) in kinds.items():
        (tmp_path / name).mkdir()
        change = under_fault(calibrated(tmp_path / name, spec, steady(reading))).smallest_change
        assert change.endswith(ending), f"{name}: {change}"
