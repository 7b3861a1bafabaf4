"""Has an SLI come back, and stayed? Looked at over a short window that moves with the readings."""

from collections.abc import Mapping, Sequence

from seatrial.plan.plan import Plan, PlannedSli
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value
from seatrial.record import Point, quantity_of
from seatrial.verdict.crossings import STEADY, Crossings, Usual
from seatrial.verdict.doubt import Window
from seatrial.verdict.waiting import unanswered, usual_of


def recovered_after_s(
    plan: Plan,
    points: Mapping[str, Sequence[Point]],
    undone_s: float,
    baseline: tuple[float, float] = (0.0, 0.0),
) -> dict[str, float | None]:
    """By SLI, how long after the end of undo it was back; None: not within the plan's time.

    `baseline`: when that began and ended, for what is usually in flight.
    """
    found: dict[str, float | None] = {}
    for sli in plan.slis:
        steady = [p.reading for p in points[sli.name] if baseline[0] <= p.begin_s and p.t_s <= baseline[1]]
        at_s = recovered_at(sli, points[sli.name], undone_s, plan.settle_s, usual_of(steady))
        if at_s is not None and at_s - undone_s <= plan.recovery_s:
            found[sli.name] = round(max(0.0, at_s - undone_s), 3)
        else:
            found[sli.name] = None
    return found


def recovered_at(
    sli: PlannedSli, points: Sequence[Point], after_s: float, settle_s: float, usual: Usual = STEADY
) -> float | None:
    """When the SLI was back: the beginning of the first `settle_s` that all lie within its objective.

    Only intervals that begin after `after_s` (the end of undo) count. None: not yet.
    """
    fresh = [point for point in points if point.begin_s >= after_s - 1e-3]
    for first, point in enumerate(fresh):
        until_s = max(point.t_s, point.begin_s + settle_s) + 1e-3  # one reading may span more than that
        window = [p for p in fresh[first:] if p.t_s <= until_s]
        is_full = fresh[-1].t_s >= point.begin_s + settle_s - 1e-3
        if is_full and _all_hold(sli, [p.reading for p in window], usual):
            return point.begin_s
    return None


def _all_hold(sli: PlannedSli, readings: Sequence[Reading], usual: Usual) -> bool:
    """Pooled over the window for events, each one for values; an unknown reading never holds."""
    if not readings or any(isinstance(reading, Unknown) for reading in readings):
        return False
    if isinstance(readings[0], Value):
        return all(
            isinstance(r, Value) and sli.objective.holds(quantity_of(r, sli.quantity)) for r in readings
        )
    value = pooled(sli, readings, usual)
    return value is not None and sli.objective.holds(value)


def pooled(sli: PlannedSli, readings: Sequence[Reading], usual: Usual = STEADY) -> float | None:
    """The SLI's value over all events of a window: a share, or milliseconds; None of no events.

    Whoever still waits at its end for longer than is usual counts as bad, and so does what is not certain.
    """
    readings = Window(readings).at_worst()
    ratios = [r for r in readings if isinstance(r, Ratio)]
    if ratios:
        waiting = unanswered(ratios, usual)
        total = sum(r.total for r in ratios) + waiting
        events = sum(r.bad for r in ratios) + waiting if sli.counts_bad else sum(r.good for r in ratios)
        return events / total if total else None
    latencies = [r for r in readings if isinstance(r, Latency)]
    return _pooled_ms(latencies, sli.objective.factor, usual) if latencies else None


def _pooled_ms(latencies: Sequence[Latency], threshold_ms: float, usual: Usual) -> float | None:
    from seatrial.durations import Durations

    at_end = Crossings(threshold_ms, usual)
    at_end.update(0, 0, latencies[-1].waiting, max(r.arrivals for r in latencies))
    durations = Durations.sum(r.durations for r in latencies).plus_above(threshold_ms, at_end.unfinished)
    return durations.quantile_ms(latencies[0].quantile) if durations.total else None
