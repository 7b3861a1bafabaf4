"""Judging one objective over one window of readings: which rule fits, and what it says."""

from collections.abc import Sequence
from typing import Literal

from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Latency, Reading, Unknown, Value
from seatrial.record import quantity_of
from seatrial.verdict.decision import Decision
from seatrial.verdict.doubt import Window
from seatrial.verdict.status import Status
from seatrial.verdict.waiting import by_crossing, ratio_seconds, unanswered, usual_of


def judge(sli: PlannedSli, objective: Objective, window: Window, baseline: Window) -> Decision:
    """Decide one objective; `baseline` is what a relative bound is measured against."""
    readings = window.readings
    if not any(not isinstance(reading, Unknown) for reading in readings):
        return _nothing_seen(readings)
    if window.is_certain and (baseline.is_certain or not objective.relative):
        return _judge(sli, objective, readings, baseline.readings)
    threshold_ms = _threshold_ms(sli, objective, baseline)
    worst = _judge(sli, objective, window.at_worst(threshold_ms), baseline.at_best())
    if worst.status is Status.HELD:
        return worst.model_copy(
            update={"reason": f"Even with all that is open counted as bad: {worst.reason}"}
        )
    best = _judge(sli, objective, window.at_best(threshold_ms), baseline.at_worst())
    if best.status is Status.DEVIATED:
        return best.model_copy(
            update={"reason": f"Even with all that is open counted as good: {best.reason}"}
        )
    return _undecided(worst, best)


def _threshold_ms(sli: PlannedSli, objective: Objective, baseline: Window) -> float:
    """What a duration may be at the most, for those that lie at the edge of a window."""
    if sli.measure is not Measure.LATENCY:
        return 0.0
    if not objective.relative:
        return objective.factor
    from seatrial.durations import Durations

    known = [reading for reading in baseline.readings if isinstance(reading, Latency)]
    usual = Durations.sum(reading.durations for reading in known)
    return objective.factor * usual.quantile_ms(known[0].quantile) if usual.total else 0.0


def _undecided(worst: Decision, best: Decision) -> Decision:
    """Neither the worst nor the best that may have been says enough."""
    ends = [end for one in (worst, best) for end in (one.low, one.high)]
    known = [end for end in ends if end is not None]
    return worst.model_copy(
        update={
            "status": Status.UNKNOWN,
            "low": min(known) if None not in ends else None,
            "high": max(known) if None not in ends else None,
            "reason": f"Not all was seen for certain. At worst: {worst.reason} At best: {best.reason}",
        }
    )


def _judge(
    sli: PlannedSli, objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    if objective.relative:
        return _judge_relative(sli, objective, readings, baseline)
    if sli.measure is Measure.RATIO:
        return _judge_ratio(sli, objective, readings, baseline)
    if sli.measure is Measure.LATENCY:
        return _judge_latency(objective, readings, baseline)
    return _judge_values(sli, objective, readings)


def _nothing_seen(readings: Sequence[Reading]) -> Decision:
    reasons = [reading.reason for reading in readings if isinstance(reading, Unknown)]
    why = f"{reasons[-1]} ({len(reasons)} times)" if reasons else "there is no reading of this phase"
    return Decision(status=Status.UNKNOWN, samples=0, rule="no data", reason=f"nothing was seen: {why}")


def bad_budget(sli: PlannedSli, objective: Objective) -> float:
    """The share of bad events that an objective on a ratio allows."""
    return objective.factor if sli.counts_bad else 1 - objective.factor


def _judge_ratio(
    sli: PlannedSli, objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    from seatrial.verdict.ratio import judge_ratio

    seconds = ratio_seconds(readings)
    budget = round(bad_budget(sli, objective), 12)
    decision = judge_ratio(seconds, budget, share=_share(sli))
    waiting = unanswered(readings, usual_of(baseline))
    if not waiting:
        return decision
    at_worst = judge_ratio([*seconds, (waiting, waiting)], budget, share=_share(sli))
    return _unless_answered(decision, waiting, at_worst)


def _unless_answered(decision: Decision, waiting: int, at_worst: Decision) -> Decision:
    """What is said only holds if it also does with everything that waited for an answer counted as bad."""
    if decision.status is Status.DEVIATED or at_worst.status is Status.HELD:
        return decision
    reason = f"{waiting} requests were still waiting for an answer when the window ended. {decision.reason}"
    return decision.model_copy(update={"status": Status.UNKNOWN, "reason": reason})


def _share(sli: PlannedSli) -> Literal["good", "bad"]:
    return "bad" if sli.counts_bad else "good"


def _judge_latency(
    objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    from seatrial.durations import Durations
    from seatrial.verdict.latency import judge_latency

    quantile = next(r.quantile for r in readings if isinstance(r, Latency))
    each, unfinished = by_crossing(readings, objective.factor, usual_of(baseline))
    seconds = [None if one is None else (one.above(objective.factor), one.total) for one in each]
    together = Durations.sum(one for one in each if one is not None)
    decision = judge_latency(seconds, together, quantile, objective.factor)
    return _with_unfinished(decision, unfinished, objective.factor)


def _with_unfinished(decision: Decision, unfinished: int, threshold_ms: float) -> Decision:
    """Tell of those that count although nobody knows how long they took in the end."""
    if not unfinished:
        return decision
    told = f"{decision.reason} {unfinished} had not ended; they count as just above {threshold_ms:.4g} ms."
    return decision.model_copy(update={"reason": told})


def _judge_values(sli: PlannedSli, objective: Objective, readings: Sequence[Reading]) -> Decision:
    from statistics import median

    from seatrial.verdict.window import judge_readings

    values = [quantity_of(r, sli.quantity) if isinstance(r, Value) else None for r in readings]
    met = [
        objective.holds(value) if isinstance(reading, Value) else None
        for value, reading in zip(values, readings, strict=True)
    ]
    numbers = [number for number in _numbers(sli, readings) if number is not None]
    middle = median(numbers) if numbers else None
    return judge_readings(met, sli.deviates_at.bad, sli.deviates_at.of, value=middle)


def _judge_relative(
    sli: PlannedSli, objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    if sli.measure is Measure.RATIO:
        return _judge_relative_ratio(sli, objective, readings, baseline)
    if sli.measure is Measure.LATENCY:
        return _judge_relative_latency(objective, readings, baseline)
    from seatrial.verdict.relative_readings import judge_relative_readings

    return judge_relative_readings(
        _numbers(sli, baseline),
        _numbers(sli, readings),
        objective.factor,
        sli.deviates_at.bad,
        sli.deviates_at.of,
        worse="higher" if objective.upper else "lower",
    )


def _judge_relative_ratio(
    sli: PlannedSli, objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    from seatrial.verdict.relative_ratio import judge_relative_ratio

    before, during, share = ratio_seconds(baseline), ratio_seconds(readings), _share(sli)
    decision = judge_relative_ratio(before, during, objective.factor, share=share)
    waiting = unanswered(readings, usual_of(baseline))
    if not waiting:
        return decision
    at_worst = judge_relative_ratio(before, [*during, (waiting, waiting)], objective.factor, share=share)
    return _unless_answered(decision, waiting, at_worst)


def _judge_relative_latency(
    objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    from seatrial.durations import Durations
    from seatrial.verdict.relative_latency import judge_relative_latency

    quantile = next(r.quantile for r in readings if isinstance(r, Latency))
    before = [r.durations if isinstance(r, Latency) and r.durations.total else None for r in baseline]
    usual = Durations.sum(one for one in before if one is not None)
    threshold_ms = objective.factor * usual.quantile_ms(quantile) if usual.total else 0.0
    during, unfinished = by_crossing(readings, threshold_ms, usual_of(baseline))
    decision = judge_relative_latency(before, during, quantile, objective.factor)
    return _with_unfinished(decision, unfinished, threshold_ms)


def _numbers(sli: PlannedSli, readings: Sequence[Reading]) -> list[float | None]:
    values = [quantity_of(r, sli.quantity) if isinstance(r, Value) else None for r in readings]
    return [float(v) if isinstance(v, int | float) and not isinstance(v, bool) else None for v in values]
