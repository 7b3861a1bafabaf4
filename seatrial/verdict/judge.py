"""Judging one objective over one window of readings: which rule fits, and what it says."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from seatrial.model.objective import Objective
from seatrial.plan.plan import PlannedSli
from seatrial.probe import Measure
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value
from seatrial.record import quantity_of
from seatrial.verdict.counts import Second
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from seatrial.durations import Durations


def judge(
    sli: PlannedSli, objective: Objective, readings: Sequence[Reading], baseline: Sequence[Reading]
) -> Decision:
    """Decide one objective; `baseline` is what a relative bound is measured against."""
    if not any(not isinstance(reading, Unknown) for reading in readings):
        return _nothing_seen(readings)
    if objective.relative:
        return _judge_relative(sli, objective, readings, baseline)
    if sli.measure is Measure.RATIO:
        return _judge_ratio(sli, objective, readings)
    if sli.measure is Measure.LATENCY:
        return _judge_latency(objective, readings)
    return _judge_values(sli, objective, readings)


def _nothing_seen(readings: Sequence[Reading]) -> Decision:
    reasons = [reading.reason for reading in readings if isinstance(reading, Unknown)]
    why = f"{reasons[-1]} ({len(reasons)} times)" if reasons else "there is no reading of this phase"
    return Decision(status=Status.UNKNOWN, samples=0, rule="no data", reason=f"nothing was seen: {why}")


def bad_budget(sli: PlannedSli, objective: Objective) -> float:
    """The share of bad events that an objective on a ratio allows."""
    return objective.factor if sli.counts_bad else 1 - objective.factor


def _judge_ratio(sli: PlannedSli, objective: Objective, readings: Sequence[Reading]) -> Decision:
    from seatrial.verdict.ratio import judge_ratio

    return judge_ratio(ratio_seconds(readings), round(bad_budget(sli, objective), 12), share=_share(sli))


def _share(sli: PlannedSli) -> Literal["good", "bad"]:
    return "bad" if sli.counts_bad else "good"


def ratio_seconds(readings: Sequence[Reading]) -> list[Second]:
    """(bad, total) of each reading; None where it is unknown."""
    return [(r.bad, r.total) if isinstance(r, Ratio) else None for r in readings]


def _judge_latency(objective: Objective, readings: Sequence[Reading]) -> Decision:
    from seatrial.durations import Durations
    from seatrial.verdict.latency import judge_latency

    known = [r for r in readings if isinstance(r, Latency)]
    together = Durations.sum(r.durations for r in known)
    seconds = latency_seconds(readings, objective.factor)
    return judge_latency(seconds, together, known[0].quantile, objective.factor)


def latency_seconds(readings: Sequence[Reading], threshold_ms: float) -> list[Second]:
    """(above the threshold, all) of each reading; None where it is unknown."""
    return [
        (r.durations.above(threshold_ms), r.durations.total) if isinstance(r, Latency) else None
        for r in readings
    ]


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
        from seatrial.verdict.relative_ratio import judge_relative_ratio

        seconds = ratio_seconds(baseline), ratio_seconds(readings)
        return judge_relative_ratio(*seconds, objective.factor, share=_share(sli))
    if sli.measure is Measure.LATENCY:
        from seatrial.verdict.relative_latency import judge_relative_latency

        quantile = next(r.quantile for r in readings if isinstance(r, Latency))
        return judge_relative_latency(
            _histograms(baseline), _histograms(readings), quantile, objective.factor
        )
    from seatrial.verdict.relative_readings import judge_relative_readings

    return judge_relative_readings(
        _numbers(sli, baseline),
        _numbers(sli, readings),
        objective.factor,
        sli.deviates_at.bad,
        sli.deviates_at.of,
        worse="higher" if objective.upper else "lower",
    )


def _numbers(sli: PlannedSli, readings: Sequence[Reading]) -> list[float | None]:
    values = [quantity_of(r, sli.quantity) if isinstance(r, Value) else None for r in readings]
    return [float(v) if isinstance(v, int | float) and not isinstance(v, bool) else None for v in values]


def _histograms(readings: Sequence[Reading]) -> list["Durations | None"]:
    return [r.durations if isinstance(r, Latency) else None for r in readings]
