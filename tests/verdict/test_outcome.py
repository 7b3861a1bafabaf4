"""From the record of a run to its verdict: what stands above what, and on which reasons."""

from pathlib import Path

import pytest

from seatrial.journal import entries as journal
from seatrial.journal.entries import Entry, Phase, StopKind, UndoResult
from seatrial.journal.reader import read_journal
from seatrial.load.second import LoadSecond
from seatrial.measure import Measure
from seatrial.plan.plan import Plan
from seatrial.reading import Reading
from seatrial.record import record_of
from seatrial.testing.journals import Story, make_journal
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome, Verdict
from tests.verdict.records import (
    SOMEBODY,
    UNDO_S,
    MadeUp,
    Says,
    dark,
    fault,
    guard,
    plan,
    ratio,
    sli,
    steady,
    value,
)

AVAILABILITY = sli()
SICK = steady(ratio(), ratio(20), ratio())
WELL = steady(ratio())
BORDERLINE = steady(ratio(), ratio(1), ratio())


def never(second: int) -> None:
    """Nothing is read."""


def of(says: Says = WELL, its_plan: Plan | None = None, *extra: tuple[float, Entry]) -> MadeUp:
    return MadeUp(its_plan or plan([AVAILABILITY]), {"availability": says}, extra=list(extra))


def stopped(why: StopKind, reason: str = "it had to be", t_s: float = 15.0) -> tuple[float, Entry]:
    return t_s, journal.Stopped(why=why, reason=reason)


def breach(name: str, t_s: float = 15.0) -> tuple[float, Entry]:
    return t_s, journal.GuardBreached(guard=f"{name} >= 99 %", sli=name, reason="it broke")


def judged(run: MadeUp, folder: Path) -> Verdict:
    return run.record(folder).verdict


def test_all_well(tmp_path: Path) -> None:
    verdict = judged(of(), tmp_path)
    assert (verdict.outcome, verdict.exit_code, verdict.reasons) == (Outcome.PASSED, 0, ())
    assert [(one.phase, one.status) for one in verdict.objectives] == [
        (Phase.BASELINE, Status.HELD),
        (Phase.FAULT, Status.HELD),
        (Phase.RECOVERY, Status.HELD),
    ]
    assert verdict.headline == (
        "The hypothesis held: its objective was kept before, under and after the fault."
    )


@pytest.mark.parametrize(
    ("says", "outcome", "reason"),
    [
        (SICK, Outcome.FAILED, "deviated under fault"),
        (BORDERLINE, Outcome.INCONCLUSIVE, "is undecided under fault"),
        (steady(ratio(20), ratio(), ratio()), Outcome.INCONCLUSIVE, "did not hold in the baseline"),
        (
            steady(ratio(), dark(), ratio()),
            Outcome.INCONCLUSIVE,
            "is undecided under fault: nothing was seen",
        ),
        (never, Outcome.INCONCLUSIVE, "nothing was seen: there is no reading of this phase"),
    ],
    ids=["sick", "borderline", "sick before", "dead probe", "no data"],
)
def test_what_the_readings_say(tmp_path: Path, says: Says, outcome: Outcome, reason: str) -> None:
    verdict = judged(of(says), tmp_path)
    assert verdict.outcome is outcome
    assert reason in verdict.reasons[0]
    assert reason in verdict.headline


def test_a_healthy_sli_beside_a_blind_one_is_no_pass(tmp_path: Path) -> None:
    healthy = sli("healthy", "status == 200", measure=Measure.VALUE, quantity="status", from_load=False)
    says = {"availability": WELL, "healthy": steady(value(200, "status"), dark())}
    verdict = judged(MadeUp(plan([AVAILABILITY, healthy]), says), tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE


# --- what stands above what -----------------------------------------------------------------


def test_a_guard_stop_fails_though_little_was_seen(tmp_path: Path) -> None:
    verdict = judged(of(BORDERLINE, None, breach("availability"), stopped(StopKind.GUARD)), tmp_path)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.reasons[0] == "stopped after 15 s: it had to be"


@pytest.mark.parametrize("why", [StopKind.ENVIRONMENT, StopKind.HALT, StopKind.ERROR, StopKind.APPLY])
def test_a_run_that_ends_early_is_no_pass(tmp_path: Path, why: StopKind) -> None:
    verdict = judged(of(WELL, None, stopped(why, "Locust ended")), tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    how = "interrupted by the environment" if why is StopKind.ENVIRONMENT else "stopped"
    assert verdict.reasons == (f"{how} after 15 s: Locust ended",)


@pytest.mark.parametrize("why", [StopKind.ENVIRONMENT, StopKind.HALT])
def test_what_had_deviated_before_stays_a_failure(tmp_path: Path, why: StopKind) -> None:
    verdict = judged(of(SICK, None, stopped(why, "the load is gone")), tmp_path)
    assert verdict.outcome is Outcome.FAILED
    assert "deviated under fault" in verdict.reasons[0]


def test_somebody_elses_incident_never_fails_the_hypothesis(tmp_path: Path) -> None:
    its_plan = plan([AVAILABILITY], requires=[sli("neighbour")], guards=[guard("neighbour", ">= 99%")])
    run = of(SICK, its_plan, breach("neighbour"), stopped(StopKind.ENVIRONMENT, "guard `neighbour` broke"))
    run.recovered = {"availability": None}
    run.undo = UndoResult.NOT_BACK
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reasons[0] == "interrupted by the environment after 15 s: guard `neighbour` broke"
    assert "interrupted by the environment" in verdict.headline
    assert any("deviated under fault" in reason for reason in verdict.reasons)


def test_somebody_who_interrupts_gets_no_other_answer(tmp_path: Path) -> None:
    run = of(SICK, None, stopped(StopKind.INTERRUPT, "SIGINT"))
    run.recovered = None
    verdict = judged(run, tmp_path)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.INTERRUPTED, 130)
    assert verdict.reasons[0] == "stopped after 15 s: SIGINT"


@pytest.mark.parametrize("undo", [UndoResult.FAILED, None])
@pytest.mark.parametrize("why", [None, StopKind.INTERRUPT, StopKind.GUARD, StopKind.ENVIRONMENT])
def test_undo_incomplete_is_above_all(tmp_path: Path, undo: UndoResult | None, why: StopKind | None) -> None:
    run = of(SICK, None, *([stopped(why)] if why else []))
    run.undo = undo
    verdict = judged(run, tmp_path)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.UNDO_INCOMPLETE, 5)
    assert "may still be there" in verdict.reasons[0]
    assert "seatrial rollback made-up" in verdict.next_steps[0]


@pytest.mark.parametrize(
    ("undo", "says"),
    [(UndoResult.ALREADY, "nobody knows how long it lasted"), (UndoResult.FOREIGN, "by somebody else")],
)
def test_a_fault_that_did_not_last_proves_nothing(tmp_path: Path, undo: UndoResult, says: str) -> None:
    run = of()
    run.undo = undo
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert says in verdict.reasons[0]


def test_where_nobody_can_look_an_undo_that_finds_nothing_says_nothing(tmp_path: Path) -> None:
    run = of()
    run.undo, run.effect_seen = UndoResult.ALREADY, None
    assert judged(run, tmp_path).outcome is Outcome.PASSED


@pytest.mark.parametrize("undo", [UndoResult.ALREADY, UndoResult.FOREIGN])
def test_a_deviation_counts_though_its_fault_did_not_last(tmp_path: Path, undo: UndoResult) -> None:
    run = of(SICK)
    run.undo = undo
    assert judged(run, tmp_path).outcome is Outcome.FAILED


def test_a_killed_process_that_stays_away_fails(tmp_path: Path) -> None:
    run = of(WELL, plan([AVAILABILITY], faults=[fault(irreversible=True)]))
    run.undo = UndoResult.NOT_BACK
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.FAILED
    assert "was not brought back by its supervisor" in verdict.reasons[0]


@pytest.mark.parametrize("says", [WELL, SICK], ids=["well", "sick"])
def test_a_fault_that_does_not_bite_proves_nothing(tmp_path: Path, says: Says) -> None:
    run = of(says)
    run.effect_seen = False
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "had no effect" in verdict.reasons[0]


def test_a_fault_that_bites_fails_though_another_does_not(tmp_path: Path) -> None:
    run = of(SICK, plan([AVAILABILITY], faults=[fault(0), fault(1)]))
    run.effect_seen = None
    run.extra = [(11.1 + n, journal.EffectChecked(id=f"f{n}.t0", seen=bool(n))) for n in range(2)]
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.FAILED
    assert any("had no effect" in reason for reason in verdict.reasons)


def test_a_fault_that_could_not_be_injected_proves_nothing(tmp_path: Path) -> None:
    failed = journal.ApplyFailed(id="f0.t0", reason="permission denied")
    verdict = judged(of(WELL, None, (11.02, failed), stopped(StopKind.APPLY)), tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert any("could not be injected: permission denied" in reason for reason in verdict.reasons)


# --- recovery -------------------------------------------------------------------------------


def test_an_sli_that_does_not_come_back_fails(tmp_path: Path) -> None:
    run = of()
    run.recovered = {"availability": None}
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.FAILED
    assert "deviated after recovery: not back at its objective for 1 s within 10 s" in verdict.reasons[0]


@pytest.mark.parametrize(("from_load", "outcome"), [(False, Outcome.INCONCLUSIVE), (True, Outcome.FAILED)])
def test_a_recovery_that_nobody_saw_is_unknown(tmp_path: Path, from_load: bool, outcome: Outcome) -> None:
    """That a probe is blind is not the service's failure; that no request is answered is."""
    run = of(steady(ratio(), ratio(), dark()), plan([sli(from_load=from_load)]))
    run.recovered = {"availability": None}
    verdict = judged(run, tmp_path)
    assert verdict.outcome is outcome
    if not from_load:
        told = "undecided after recovery: whether it was back within 10 s after undo was not seen"
        assert told in verdict.reasons[0]


def test_a_run_without_a_recovery_is_no_pass(tmp_path: Path) -> None:
    run = of()
    run.recovered = None
    verdict = judged(run, tmp_path)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reasons == ("the run did not come to its end",)


# --- partial journals -----------------------------------------------------------------------


@pytest.mark.parametrize("ends_s", [0.5, 5.0, 11.005, 15.0, 21.3])
@pytest.mark.parametrize("faults", [None, []], ids=["with a fault", "without"])
def test_a_journal_that_breaks_off_is_never_a_pass(
    tmp_path: Path, ends_s: float, faults: list[object] | None
) -> None:
    run = of(WELL, plan([AVAILABILITY], faults=None if faults is None else []))
    run.ends_s = ends_s
    verdict = judged(run, tmp_path)
    if faults is not None and ends_s > 11:
        assert verdict.outcome is Outcome.PASSED  # measuring was over by then
    else:
        assert verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.UNDO_INCOMPLETE)


@pytest.mark.parametrize(("ends_s", "outcome"), [(26, Outcome.PASSED), (15, Outcome.INCONCLUSIVE)])
def test_an_aa_run_has_to_come_to_its_end(tmp_path: Path, ends_s: float, outcome: Outcome) -> None:
    run = of(WELL, plan([AVAILABILITY], control=True))
    run.ends_s = ends_s
    verdict = judged(run, tmp_path)
    assert verdict.outcome is outcome
    if outcome is Outcome.PASSED:
        assert "nothing was injected" in verdict.headline


def test_a_torn_journal_is_no_pass(tmp_path: Path) -> None:
    of().record(tmp_path)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes() + b'{"n":99')
    verdict = record_of(read_journal(path)).verdict
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reasons == ("the last 7 bytes of the journal were torn off",)


def test_a_run_taken_over_is_no_pass_and_stays_a_failure(tmp_path: Path) -> None:
    taken = journal.TakenOver(by="guardian", process=SOMEBODY, reason="the runner is gone")
    for name, says, outcome in (("well", WELL, Outcome.INCONCLUSIVE), ("sick", SICK, Outcome.FAILED)):
        run = of(says, None, (16.5, taken))
        run.recovered = None
        (tmp_path / name).mkdir()
        verdict = judged(run, tmp_path / name)
        assert verdict.outcome is outcome
        assert "the runner did not live to the end: after 16.5 s the runner is gone" in verdict.reasons


# --- which seconds are under fault ----------------------------------------------------------


def test_the_seconds_that_touch_the_fault_belong_to_it(tmp_path: Path) -> None:
    """Sick from injection to the end of undo, in seconds that are only partly under the fault too."""

    def says(second: int) -> Reading:
        return ratio(50) if 11 <= second <= 21 else ratio()

    record = of(says).record(tmp_path)
    verdict = record.verdict
    by_phase = {one.phase: one.decision for one in verdict.objectives}
    assert by_phase[Phase.BASELINE].value == 1
    assert by_phase[Phase.FAULT].value == pytest.approx(0.5)
    assert by_phase[Phase.FAULT].samples == 1100
    assert by_phase[Phase.BASELINE].samples == 1000
    # The second that undo ended in belongs to the fault, not to recovery.
    assert record.readings(record.slis[0], Phase.RECOVERY)[0] == ratio()


def test_times_without_a_fault_do_not_dilute_it(tmp_path: Path) -> None:
    """Two faults with a pause between, the first 4 s late: only theirs count."""
    faults = [fault(0, starts_at_s=4, hold_s=2), fault(1, starts_at_s=8, hold_s=2)]
    record = of(WELL, plan([AVAILABILITY], faults=faults)).record(tmp_path)
    assert [edge for span in record.faulty for edge in span] == pytest.approx([15.001, 17.2, 19.001, 21.2])
    under_fault = record.verdict.of("availability", Phase.FAULT)
    assert under_fault is not None
    assert under_fault.decision.samples == 600  # seconds 15, 16, 17 and 19, 20, 21


def test_faults_that_overlap_are_one_time(tmp_path: Path) -> None:
    faults = [fault(0, hold_s=6), fault(1, starts_at_s=5, hold_s=5, irreversible=True)]
    record = of(WELL, plan([AVAILABILITY], faults=faults)).record(tmp_path)
    [span] = record.faulty
    assert span == pytest.approx((11.001, UNDO_S))


def test_a_fault_that_is_still_there_reaches_to_the_end_of_undo(tmp_path: Path) -> None:
    run = of()
    run.undo = None
    record = run.record(tmp_path)
    assert record.fault_window is not None
    assert record.faulty == ((11.001, record.fault_window[1]),)


# --- the generator's limit ------------------------------------------------------------------


def load(**more: float) -> list[LoadSecond]:
    return [
        LoadSecond.model_validate({"second_unix": n, "scheduled": 100, "workers": 1, **more})
        for n in range(24)
    ]


@pytest.mark.parametrize(
    ("more", "says", "outcome"),
    [
        ({"dropped": 20}, WELL, Outcome.INCONCLUSIVE),
        ({"dropped": 20}, SICK, Outcome.FAILED),
        ({"cpu_share": 0.97}, WELL, Outcome.INCONCLUSIVE),
        ({"cpu_share": 0.97}, SICK, Outcome.INCONCLUSIVE),
        ({"lag_ms": 400}, SICK, Outcome.INCONCLUSIVE),
        ({"workers": 0}, WELL, Outcome.INCONCLUSIVE),
        ({}, WELL, Outcome.PASSED),
    ],
    ids=["dropped", "dropped, sick", "cpu", "cpu, sick", "lag, sick", "workers missing", "honest"],
)
def test_generator_limited(tmp_path: Path, more: dict[str, float], says: Says, outcome: Outcome) -> None:
    run = of(says)
    run.load = load(**more)
    verdict = judged(run, tmp_path)
    assert verdict.outcome is outcome
    assert any("generator-limited: " in reason for reason in verdict.reasons) == bool(more)


def test_a_guard_stop_by_a_generator_that_chokes_is_no_failure(tmp_path: Path) -> None:
    run = of(BORDERLINE, None, breach("availability"), stopped(StopKind.GUARD))
    run.load = load(cpu_share=0.97)
    assert judged(run, tmp_path).outcome is Outcome.INCONCLUSIVE


def test_a_slow_start_of_the_generator_is_in_no_figure(tmp_path: Path) -> None:
    run = of()
    run.load = [load(workers=0, workers_expected=9)[0], *load()[1:]]
    assert judged(run, tmp_path).outcome is Outcome.PASSED


# --- whole stories --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "outcome"),
    [
        (Story.PASSED, Outcome.PASSED),
        (Story.FAILED, Outcome.FAILED),
        (Story.GUARD, Outcome.FAILED),
        (Story.BLIND, Outcome.INCONCLUSIVE),
        (Story.NO_BASELINE, Outcome.INCONCLUSIVE),
        (Story.UNDO_INCOMPLETE, Outcome.UNDO_INCOMPLETE),
        (Story.INTERRUPTED, Outcome.INTERRUPTED),
    ],
)
def test_stories(tmp_path: Path, story: Story, outcome: Outcome) -> None:
    record = record_of(read_journal(make_journal(tmp_path, outcome=story, minutes=1)))
    assert record.verdict.outcome is outcome, record.verdict.reasons


def test_a_runner_that_died_never_passed(tmp_path: Path) -> None:
    record = record_of(read_journal(make_journal(tmp_path, outcome=Story.DIED, minutes=1)))
    assert record.verdict.outcome is not Outcome.PASSED
    assert any("did not live to the end" in reason for reason in record.verdict.reasons)
