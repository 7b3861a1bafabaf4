"""What a gate says of a healthy system: A/A runs, where nothing was broken, judged like any other."""

from collections.abc import Sequence

from seatrial.journal.entries import Phase
from seatrial.measure import Measure
from seatrial.model.base import Model
from seatrial.model.objective import Objective, format_value
from seatrial.model.units import format_share
from seatrial.plan.plan import Plan, PlannedSli
from seatrial.plan.samples import faulty_s
from seatrial.record import RunRecord
from seatrial.verdict.counts import Counts
from seatrial.verdict.decision import Decision
from seatrial.verdict.judge import bad_budget
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import ObjectiveVerdict, Outcome


class ObjectiveCalibration(Model):
    """One objective in one phase over all A/A runs."""

    sli: str
    phase: Phase
    objective: str
    held: int
    deviated: int
    unknown: int
    smallest_change: str
    """The smallest harm that 9 of 10 runs of this length and load see; empty where none can be told."""
    advice: str
    """What to change; empty where it is fine."""


class Calibration(Model):
    """What a gate would have done to a healthy system."""

    runs: int
    passed: int
    failed: int
    inconclusive: int
    stopped: int
    """Runs that a guard ended: each a false alarm."""
    disturbed: int
    """Runs that failed or were stopped."""
    objectives: tuple[ObjectiveCalibration, ...]

    @property
    def disturbed_share_max(self) -> float:
        """So many healthy runs at most fail or are stopped, with 95 % confidence: few runs show little."""
        from seatrial.verdict.interval import clopper_pearson

        return clopper_pearson(Counts(self.disturbed, self.runs))[1]

    @property
    def advice(self) -> tuple[str, ...]:
        return tuple(one.advice for one in self.objectives if one.advice)


def calibrate(records: Sequence[RunRecord]) -> Calibration:
    """Sum up A/A runs of one experiment. ValueError: none at all."""
    if not records:
        raise ValueError("there is no run to calibrate from")
    outcomes = [record.verdict.outcome for record in records]
    plan = records[0].plan
    slis = {sli.name: sli for sli in plan.slis}
    rows: dict[tuple[str, Phase], list[ObjectiveVerdict]] = {}
    for record in records:
        for one in record.verdict.objectives:
            rows.setdefault((one.sli, one.phase), []).append(one)
    return Calibration(
        runs=len(records),
        passed=outcomes.count(Outcome.PASSED),
        failed=outcomes.count(Outcome.FAILED),
        inconclusive=outcomes.count(Outcome.INCONCLUSIVE),
        stopped=sum(bool(record.breaches) for record in records),
        disturbed=sum(
            bool(record.breaches) or record.verdict.outcome is Outcome.FAILED for record in records
        ),
        objectives=tuple(_row(slis[name], phase, found, plan) for (name, phase), found in rows.items()),
    )


def _row(
    sli: PlannedSli, phase: Phase, found: Sequence[ObjectiveVerdict], plan: Plan
) -> ObjectiveCalibration:
    counts = {status: sum(one.status is status for one in found) for status in Status}
    is_baseline = phase is Phase.BASELINE
    objective = sli.objective if is_baseline else sli.under_fault
    window_s = plan.baseline_s if is_baseline else faulty_s(plan.faults)
    return ObjectiveCalibration(
        sli=sli.name,
        phase=phase,
        objective=objective.text,
        held=counts[Status.HELD],
        deviated=counts[Status.DEVIATED],
        unknown=counts[Status.UNKNOWN],
        smallest_change=_smallest_change(sli, objective, [one.decision for one in found], window_s),
        advice=_advice(sli, objective, phase, found),
    )


def _advice(sli: PlannedSli, objective: Objective, phase: Phase, found: Sequence[ObjectiveVerdict]) -> str:
    deviated = [one for one in found if one.status is Status.DEVIATED]
    unknown = [one for one in found if one.status is Status.UNKNOWN]
    where = f"{sli.name} `{objective.text}` ({phase})"
    if deviated:
        return f"{where} is too tight: {len(deviated)} of {len(found)} healthy runs missed it; {_seen(found)}"
    if unknown:
        why = unknown[-1].decision.reason
        return f"{where} stays undecided in {len(unknown)} of {len(found)} healthy runs: {why}"
    return ""


def _seen(found: Sequence[ObjectiveVerdict]) -> str:
    values = [one.decision.value for one in found if one.decision.value is not None]
    if not values:
        return "nothing was measured"
    unit = found[0].decision.unit
    shown = [
        format_share(v) if unit == "share" else f"{v:.4g} {unit}".strip() for v in (min(values), max(values))
    ]
    return f"they measured {shown[0]} to {shown[1]}"


def _smallest_change(
    sli: PlannedSli, objective: Objective, decisions: Sequence[Decision], window_s: float
) -> str:
    if sli.measure is Measure.VALUE:
        return f"{sli.deviates_at.bad} of {sli.deviates_at.of} readings in a row"
    samples = min((one.samples for one in decisions), default=0)
    if not samples:
        return ""
    if objective.relative:
        return _smallest_factor(decisions)
    budget = 1 - (sli.quantile or 0.0) if sli.measure is Measure.LATENCY else bad_budget(sli, objective)
    return _smallest_share(sli, objective, round(budget, 12), samples, window_s)


def _smallest_factor(decisions: Sequence[Decision]) -> str:
    from seatrial.verdict.sample_size import smallest_factor

    factors = [
        smallest_factor(one.value, one.high)
        for one in decisions
        if one.value and one.high and one.high > one.value
    ]
    return f"{max(factors):.3g}x the baseline" if factors else ""


def _smallest_share(
    sli: PlannedSli, objective: Objective, budget: float, samples: int, window_s: float
) -> str:
    from seatrial.verdict.sample_size import ratio_decidability

    above = ratio_decidability(budget, samples / window_s, window_s).deviated_above if budget else None
    if above is None:
        return ""
    if sli.measure is Measure.LATENCY:
        return (
            f"{format_share(above)} of requests slower than {format_value(objective.bound, objective.unit)}"
        )
    return f"{format_share(above)} of events bad"
