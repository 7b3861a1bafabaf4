"""The plot of one SLI: a curve where its values are numbers to compare, else a strip of states."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from seatrial.journal.entries import Phase
from seatrial.measure import Measure
from seatrial.model.objective import Objective, format_value
from seatrial.plan.guard_spec import GuardSpec
from seatrial.reading import Scalar
from seatrial.record import RunRecord
from seatrial.view import text
from seatrial.view.axis import Scale, scale_of
from seatrial.view.curve import Sample, unseen
from seatrial.view.plot import STRIP_HEIGHT_PX, Level, Plot, curve, is_above, y_of, y_ticks
from seatrial.view.scene import Scene
from seatrial.view.slis import SliView
from seatrial.view.strip import Run, strip

_LABEL_PX = 26
"""Two levels nearer than this have no room for two labels."""


def plot_of(scene: Scene, sli: SliView, number: int) -> Plot:
    """The plot of the SLI with this number in the report."""
    return _strip_plot(scene, sli, number) if sli.is_state else _curve_plot(scene, sli, number)


def runs_of(scene: Scene, sli: SliView) -> list[Run]:
    """Reading by reading: met, missed or unknown, by the objective that holds at its time."""
    faulty = scene.record.faulty
    under_fault, otherwise = _answers(sli.absolute(Phase.FAULT)), _answers(sli.absolute(Phase.BASELINE))
    states: list[tuple[float, float, bool | None]] = []
    for point, value in sli.values:
        answer = otherwise
        for begin_s, end_s in faulty:
            if point.begin_s < end_s and begin_s < point.t_s:
                answer = under_fault
        states.append((point.begin_s, point.t_s, answer(value)))
    return strip(states, scene.duration_s)


def _answers(objective: Objective | None) -> Callable[[Scalar], bool | None]:
    """Whether a value meets an objective; each value is looked at once, for there are thousands."""
    if objective is None:
        return lambda _: None
    return cache(lambda value: None if value is None else objective.holds(value))


def _curve_plot(scene: Scene, sli: SliView, number: int) -> Plot:
    samples = [Sample(p.begin_s, p.t_s, _number(value)) for p, value in sli.values]
    known = [sample.value for sample in samples if sample.value is not None]
    bounds = (sli.baseline, *(sli.bound(sli.objective(phase)) for phase in text.JUDGED))
    broken_texts = {breach.guard for _, breach in sli.record.breaches}
    broken = [limit for guard, limit in _guards(sli) if guard.text in broken_texts]
    scale = scale_of(
        known,
        [bound for bound in (*bounds, *broken) if bound is not None],
        is_share=sli.spec.measure is Measure.RATIO,
        is_latency=sli.spec.unit == "ms",
    )
    first_s = samples[0].begin_s if samples else 0.0
    return Plot(
        id=f"sli-{number}",
        title=f"{sli.name}: {sli.what}",
        description=_describe(sli, known),
        scene=scene,
        curves=(curve(scene, scale, samples, sli.name, "a"),),
        y_ticks=y_ticks(scale, sli.spec.unit),
        levels=tuple(_levels(scene, scale, sli)),
        unknown=tuple(scene.unknown(unseen(samples, first_s, scene.duration_s))),
        marks=tuple(scene.marks(sli.name)),
        note="logarithmic scale" if scale.is_log else "",
    )


def _number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _describe(sli: SliView, known: list[float]) -> str:
    cells = "; ".join(f"{c.when.lower()} {c.value or 'no value'}, {c.word}" for c in sli.cells)
    ends = ""
    if known:
        low, high = (text.in_unit(end, sli.spec.unit) for end in (min(known), max(known)))
        ends = f" Single readings lie between {low} and {high}."
    return f"{cells}.{ends} {sli.unknown_count:,} of {text.counted(len(sli.values), 'reading')} unknown."


def _levels(scene: Scene, scale: Scale, sli: SliView) -> Iterator[Level]:
    yield from _objective_levels(scene, scale, sli)
    yield from _guard_levels(scene, scale, sli)
    yield from _baseline_level(scene, scale, sli)


def _objective_levels(scene: Scene, scale: Scale, sli: SliView) -> Iterator[Level]:
    for phase in text.JUDGED:
        objective = sli.objective(phase)
        bound = sli.bound(objective)
        if bound is None:
            continue
        for number, (begin_s, end_s) in enumerate(_judged_times(scene.record, phase)):
            y = y_of(scale, bound)
            yield Level(
                at=scene.at(begin_s),
                width=scene.width(begin_s, end_s),
                y=y,
                kind="objective",
                label="" if number else _bound_label(objective, bound, sli),
                is_label_above=is_above(y, preferred=objective.upper),
            )


def _guard_levels(scene: Scene, scale: Scale, sli: SliView) -> Iterator[Level]:
    window, bound = scene.record.fault_window, sli.bound(sli.spec.under_fault)
    for guard, limit in _guards(sli):
        if window is not None and scale.low <= limit <= scale.high:
            y = y_of(scale, limit)
            has_room = bound is None or abs(y - y_of(scale, bound)) > _LABEL_PX
            yield Level(
                at=scene.at(window[0]),
                width=scene.width(*window),
                y=y,
                kind="guard",
                label=f"guard {guard.keep.text}" if has_room else "",
                is_label_above=is_above(y, preferred=guard.keep.upper),
            )


def _baseline_level(scene: Scene, scale: Scale, sli: SliView) -> Iterator[Level]:
    baseline = _span(scene.record, Phase.BASELINE)
    if sli.baseline is not None and baseline is not None:
        y = y_of(scale, sli.baseline)
        yield Level(
            at=scene.at(baseline[1]),
            width=scene.width(baseline[1], scene.duration_s),
            y=y,
            kind="baseline",
            label=f"baseline {text.in_unit(sli.baseline, sli.spec.unit)}",
            is_label_above=is_above(y, preferred=not sli.spec.objective.upper),
        )


def _guards(sli: SliView) -> list[tuple[GuardSpec, float]]:
    """Guards of this SLI with their limit in its own unit, where that is another than the objective's."""
    own = [spec for spec in sli.record.plan.guards if spec.sli == sli.name]
    found = [(spec, None if (b := sli.bound(spec.keep)) is None else max(b, spec.granted)) for spec in own]
    shown = {sli.bound(sli.spec.under_fault)}
    return [(spec, limit) for spec, limit in found if limit is not None and limit not in shown]


def _judged_times(record: RunRecord, phase: Phase) -> Sequence[tuple[float, float]]:
    """When the objective of a phase holds: that of the fault only while there is one."""
    if phase is Phase.FAULT:
        return record.faulty
    span = _span(record, phase)
    return [] if span is None else [span]


def _span(record: RunRecord, phase: Phase) -> tuple[float, float] | None:
    span = record.span(phase)
    return (span.begin_s, span.end_s) if span is not None else None


def _bound_label(objective: Objective, bound: float, sli: SliView) -> str:
    factor = f" ({format_value(objective.factor, objective.unit)})" if objective.relative else ""
    return f"{objective.op} {text.in_unit(bound, sli.spec.unit)}{factor}"


def _strip_plot(scene: Scene, sli: SliView, number: int) -> Plot:
    seen = sli.tally([point.reading for point in sli.series.points])
    return Plot(
        id=f"sli-{number}",
        title=f"{sli.name}: {sli.what}",
        description=f"{_describe(sli, [])} Seen: {seen or 'nothing'}.",
        scene=scene,
        marks=tuple(scene.marks(sli.name)),
        runs=tuple(runs_of(scene, sli)),
        note=f"seen: {seen}" if seen else "",
        height=STRIP_HEIGHT_PX,
    )
