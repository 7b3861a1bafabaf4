"""Judging one objective over one window: which rule, and that nothing unseen ever holds."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Reading, Scalar, Unknown
from seatrial.run.sampler import read_once
from seatrial.verdict.decision import Decision
from seatrial.verdict.doubt import Window
from seatrial.verdict.judge import judge
from seatrial.verdict.status import Status
from tests.run.runs import written
from tests.verdict.records import dark, latency, ratio, sli, value

AVAILABILITY = sli()
ERRORS = sli("errors", "<= 1%", counts_bad=True)
LATENCY = sli("latency", "< 300 ms", measure=Measure.LATENCY)
STATUS = sli("healthy", "status == 200", measure=Measure.VALUE, quantity="status", from_load=False)
DEPTH = sli("queue", "depth < 10", measure=Measure.VALUE, quantity="depth", from_load=False)


def say(
    spec: PlannedSli,
    readings: Sequence[Reading],
    objective: str | None = None,
    baseline: Sequence[Reading] | None = None,
) -> Decision:
    """Judge under the fault, against a baseline that is the same unless given."""
    chosen = Objective(objective) if objective else spec.objective
    return judge(spec, chosen, Window(readings), Window(readings if baseline is None else baseline))


@pytest.mark.parametrize("spec", [AVAILABILITY, ERRORS, LATENCY, STATUS], ids=lambda spec: spec.name)
@pytest.mark.parametrize("readings", [[], [dark()] * 10], ids=["none at all", "a dead probe"])
def test_nothing_seen_is_unknown(spec: PlannedSli, readings: list[Reading]) -> None:
    decision = say(spec, readings)
    assert decision.status is Status.UNKNOWN
    assert decision.samples == 0
    assert decision.rule == "no data"
    assert "nothing was seen" in decision.reason


@pytest.mark.parametrize("spec", [AVAILABILITY, LATENCY], ids=lambda spec: spec.name)
def test_without_an_event_nothing_holds(spec: PlannedSli) -> None:
    empty: Reading = ratio(0, 0) if spec is AVAILABILITY else latency({})
    assert say(spec, [empty] * 10).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("dark_share", "status"), [(0.2, Status.HELD), (0.4, Status.UNKNOWN), (0.9, Status.UNKNOWN)]
)
@pytest.mark.parametrize(
    ("spec", "good"),
    [(AVAILABILITY, ratio()), (LATENCY, latency({5: 100})), (STATUS, value(200, "status"))],
    ids=["ratio", "latency", "value"],
)
def test_a_window_that_is_mostly_dark_never_holds(
    spec: PlannedSli, good: Reading, dark_share: float, status: Status
) -> None:
    readings = [dark() if number < 50 * dark_share else good for number in range(50)]
    assert say(spec, readings).status is status


def test_a_probe_that_dies_late_does_not_hide_a_deviation() -> None:
    readings = [ratio(30)] * 5 + [dark()] * 20
    assert say(AVAILABILITY, readings).status is Status.DEVIATED


@pytest.mark.parametrize("number", [None, "200", True, 0])
def test_a_value_that_is_none_or_of_another_kind_never_meets_an_objective(number: Scalar) -> None:
    assert say(STATUS, [value(number, "status")] * 10).status is Status.DEVIATED


@pytest.mark.anyio
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
async def test_a_probe_that_says_nan_has_seen_nothing(tmp_path: Path, number: float) -> None:
    async def broken() -> Reading:
        return value(number, "depth")

    written_sli: JsonValue = {"scripted": {"script": {"0 s": 1}}, "objective": "== 1"}
    file = written(tmp_path, {"title": "NaN", "hypothesis": "None.", "slis": {"queue": written_sli}})
    reading = await read_once(broken, file.experiment.slis["queue"])
    assert isinstance(reading, Unknown)
    assert "finite" in reading.reason
    assert say(DEPTH, [reading] * 10).status is Status.UNKNOWN


def test_a_quantity_that_is_missing_never_holds() -> None:
    assert say(DEPTH, [value(1, "another")] * 10).status is not Status.HELD


@pytest.mark.parametrize(
    ("misses", "status"),
    [
        ([], Status.HELD),
        ([3, 4], Status.HELD),
        ([3, 5, 7], Status.DEVIATED),
        ([3, 8, 13], Status.HELD),
        ([3, 4, 5], Status.DEVIATED),
    ],
)
def test_values_by_n_of_m(misses: list[int], status: Status) -> None:
    readings = [value(500 if number in misses else 200, "status") for number in range(20)]
    decision = say(STATUS, readings)
    assert (decision.status, decision.samples, decision.rule) == (status, 20, "3 of 5 readings")


def test_both_sides_of_a_ratio_say_the_same() -> None:
    for bad, status in ((0, Status.HELD), (1, Status.UNKNOWN), (10, Status.DEVIATED)):
        readings = [ratio(bad)] * 12
        good, errors = say(AVAILABILITY, readings), say(ERRORS, readings)
        assert good.status is errors.status is status
        assert good.value == pytest.approx(1 - bad / 100)
        assert errors.value == pytest.approx(bad / 100)
        assert good.samples == errors.samples == 1200


def test_every_decision_has_its_value_interval_samples_and_rule() -> None:
    decision = say(AVAILABILITY, [ratio(1)] * 12)
    assert (decision.low, decision.value, decision.high) == pytest.approx((0.982, 0.99, 0.996), abs=3e-3)
    assert decision.rule == "Clopper-Pearson with the design effect"
    slow = say(LATENCY, [latency({100: 97, 400: 3})] * 12)
    assert slow.status is Status.HELD
    assert slow.value == pytest.approx(100, rel=2e-3)
    assert slow.high is not None
    assert slow.high <= 300
    assert "above 300 ms" in slow.reason


# --- relative to the baseline ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault_ms", "status"), [(20, Status.HELD), (35, Status.HELD), (60, Status.DEVIATED)]
)
def test_latency_against_the_baseline(fault_ms: float, status: Status) -> None:
    before, during = [latency({20: 90, 22: 10})] * 12, [latency({fault_ms: 90, fault_ms * 1.1: 10})] * 12
    decision = say(LATENCY, during, "<= 2x baseline", before)
    assert (decision.status, decision.unit) == (status, "x baseline")


def test_latency_against_a_dark_baseline_is_unknown() -> None:
    for before in ([dark()] * 12, [], [latency({})] * 12):
        assert say(LATENCY, [latency({20: 100})] * 12, "<= 2x baseline", before).status is Status.UNKNOWN


def test_ratios_against_the_baseline() -> None:
    before = [ratio(2)] * 30
    assert say(ERRORS, [ratio(2)] * 30, "<= 2x baseline", before).status is Status.HELD
    assert say(ERRORS, [ratio(12)] * 30, "<= 2x baseline", before).status is Status.DEVIATED
    assert say(ERRORS, [ratio(2)] * 30, "<= 2x baseline", [ratio(0)] * 30).status is not Status.HELD


def test_values_against_the_baseline() -> None:
    before = [value(100, "depth")] * 12
    assert say(DEPTH, [value(150, "depth")] * 12, "depth <= 2x baseline", before).status is Status.HELD
    assert say(DEPTH, [value(250, "depth")] * 12, "depth <= 2x baseline", before).status is Status.DEVIATED


# --- requests that wait ---------------------------------------------------------------------


def hang(seconds: int, hanging: int = 33, ms: float = 20) -> list[Reading]:
    """Each second so many of 100 requests hang, and nobody gives up."""
    return [latency({ms: 100 - hanging}, waiting=hanging * (n + 1)) for n in range(seconds)]


CALM: list[Reading] = [latency({20: 100}, waiting=2)] * 12


@pytest.mark.parametrize("objective", ["< 300 ms", "<= 2x baseline"])
def test_a_third_that_hangs_deviates_though_all_that_ended_were_fast(objective: str) -> None:
    decision = say(LATENCY, hang(12), objective, CALM)
    assert decision.status is Status.DEVIATED
    assert "had not ended" in decision.reason
    assert decision.low is not None
    assert decision.low > (300 if objective == "< 300 ms" else 2)


def test_answers_at_the_very_end_are_no_burst() -> None:
    """The undo lets all of them go in one second; they count where they crossed, so the share is sure."""
    released = latency({20: 100, 5000: 250, 9000: 146}, waiting=0)
    for objective in ("< 300 ms", "<= 2x baseline"):
        decision = say(LATENCY, [*hang(12), released], objective, CALM)
        assert decision.status is Status.DEVIATED
        assert "had not ended" not in decision.reason


def test_what_always_waits_is_no_hang() -> None:
    resting: list[Reading] = [latency({20: 300}, waiting=200)] * 12
    assert say(LATENCY, resting, None, resting).status is Status.HELD


def test_a_baseline_in_which_more_and_more_wait_does_not_hold() -> None:
    assert say(LATENCY, hang(12)).status is not Status.HELD


@pytest.mark.parametrize(("spec", "objective"), [(AVAILABILITY, ">= 99%"), (ERRORS, "<= 2x baseline")])
def test_a_ratio_holds_only_if_the_waiting_cannot_turn_it(spec: PlannedSli, objective: str) -> None:
    before: list[Reading] = [ratio(3, 1000)] * 12
    answered, waiting = [ratio(3, 1000)] * 12, [ratio(3, 1000, waiting=60 * n) for n in range(12)]
    assert say(spec, answered, objective, before).status is Status.HELD
    decision = say(spec, waiting, objective, before)
    assert decision.status is Status.UNKNOWN
    assert decision.reason.startswith("660 requests were still waiting for an answer when the window ended")


def test_a_few_that_wait_do_not_matter_where_they_cannot() -> None:
    assert (
        say(AVAILABILITY, [ratio(0, 1000, waiting=3)] * 12, None, [ratio(0, 1000)] * 12).status is Status.HELD
    )


def test_who_waits_never_excuses_a_deviation() -> None:
    readings = [ratio(20, 100, waiting=50)] * 12
    assert say(AVAILABILITY, readings, None, [ratio()] * 12).status is Status.DEVIATED
