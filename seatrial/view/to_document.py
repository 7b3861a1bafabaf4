"""From a run's record to the whole evidence as data."""

from collections.abc import Iterator

from seatrial.durations import Durations
from seatrial.journal.entries import Phase
from seatrial.measure import Measure
from seatrial.reading import Latency, Ratio, Reading, Unknown
from seatrial.record import FaultRecord
from seatrial.view import document as parts
from seatrial.view.load import LoadView
from seatrial.view.run_view import RunView
from seatrial.view.slis import SliView
from seatrial.view.text import JUDGED


def document_of(run: RunView) -> parts.ReportDocument:
    """Everything that the record and its verdict say."""
    record, verdict = run.record, run.verdict
    return parts.ReportDocument(
        run=_run(run),
        verdict=parts.VerdictPart(
            outcome=verdict.outcome,
            exit_code=verdict.exit_code,
            headline=verdict.headline,
            reasons=verdict.reasons,
            next_steps=verdict.next_steps,
            limits=tuple(run.limits),
        ),
        objectives=verdict.objectives,
        phases=tuple(
            parts.PhasePart(phase=span.phase, begin_s=span.begin_s, end_s=span.end_s)
            for span in record.phases
        ),
        faults=tuple(
            parts.FaultPart(action=fault.name, targets=tuple(_target(t.course) for t in fault.targets))
            for fault in run.faults
        ),
        blast_radius=tuple(
            parts.BlastPart(
                what=line.what,
                planned=line.planned,
                actual=line.actual,
                allowed=line.allowed,
                within=line.is_within,
            )
            for line in run.blast
        ),
        breaches=tuple(parts.BreachPart(t_s=t_s, breach=breach) for t_s, breach in record.breaches),
        stop=_stop(run),
        recovered=record.recovered,
        load=_load(run.load) if run.load.seconds else None,
        slis=tuple(_sli(sli) for sli in run.slis),
        requires=tuple(_sli(signal) for signal in run.requires),
        events=tuple(parts.EventPart(t_s=e.t_s, kind=e.kind, text=e.text) for e in record.events),
        budget=run.budget.part if run.budget is not None else None,
        plan=record.plan,
    )


def _run(run: RunView) -> parts.RunPart:
    record, started = run.record, run.record.started
    return parts.RunPart(
        id=record.run_id,
        began_at=started.began_at,
        duration_s=record.duration_s,
        versions=started.versions,
        host=started.host,
        packs=started.packs,
        plan_sha256=record.plan.digest,
        torn_bytes=record.torn_bytes,
    )


def _stop(run: RunView) -> parts.StopPart | None:
    if run.record.stop is None:
        return None
    t_s, stop = run.record.stop
    return parts.StopPart(t_s=t_s, why=stop.why, reason=stop.reason)


def _target(course: FaultRecord) -> parts.TargetPart:
    target, undo = course.planned.target, course.undo
    return parts.TargetPart(
        id=course.id,
        label=target.label,
        identity=target.identity,
        stage=course.planned.stage,
        intended_s=course.intended_s,
        applied_s=course.applied_s,
        failure=course.failure,
        effect_seen=course.effect_seen,
        undone_s=course.undone_s,
        undo_result=undo.result if undo else None,
        undo_by=undo.by if undo else "",
        undo_attempts=undo.attempts if undo else 0,
        undo_took_s=undo.took_s if undo else None,
        undo_reason=undo.reason if undo else "",
        open=course.is_open,
    )


def _load(load: LoadView) -> parts.LoadPart:
    seconds = load.seconds
    return parts.LoadPart(
        t_s=tuple(t_s for t_s, _ in load.record.load),
        scheduled=tuple(one.scheduled for one in seconds),
        ended=tuple(sum(request.total for request in one.requests.values()) for one in seconds),
        failed=tuple(sum(request.failed for request in one.requests.values()) for one in seconds),
        dropped=tuple(one.dropped for one in seconds),
        in_flight=tuple(one.in_flight for one in seconds),
        users=tuple(one.users for one in seconds),
        cpu_share=tuple(one.cpu_share for one in seconds),
        lag_ms=tuple(one.lag_ms for one in seconds),
        ended_by_name={line.name: line.total for line in load.requests},
        failed_by_name={line.name: line.failed for line in load.requests},
        errors=load.errors,
        generator_limit=load.limit.message if load.limit else "",
    )


def _sli(sli: SliView) -> parts.SliPart:
    readings = [point.reading for point in sli.series.points]
    return parts.SliPart(
        name=sli.name,
        unit=sli.spec.unit,
        begin_s=tuple(round(point.begin_s, 4) for point in sli.series.points),
        end_s=tuple(round(point.t_s, 4) for point in sli.series.points),
        value=tuple(value for _, value in sli.values),
        events=tuple(_events(reading) for reading in readings),
        bad=tuple(reading.bad if isinstance(reading, Ratio) else None for reading in readings),
        unsure=tuple(reading.unsure if isinstance(reading, Ratio) else None for reading in readings),
        unobserved=tuple(reading.observed.unobserved if reading.observed else 0 for reading in readings),
        sources=tuple(dict.fromkeys(r.observed.source for r in readings if r.observed is not None)),
        unknown=tuple(
            parts.UnknownPart(index=index, reason=reading.reason)
            for index, reading in enumerate(readings)
            if isinstance(reading, Unknown)
        ),
        histograms=dict(_histograms(sli)) if sli.spec.measure is Measure.LATENCY else {},
    )


def _events(reading: Reading) -> int | None:
    if isinstance(reading, Ratio):
        return reading.total
    return reading.durations.total if isinstance(reading, Latency) else None


def _histograms(sli: SliView) -> Iterator[tuple[Phase, str]]:
    from seatrial.histogram import encode, of_counts

    for phase in JUDGED:
        readings = sli.record.readings(sli.series, phase)
        together = Durations.sum(reading.durations for reading in readings if isinstance(reading, Latency))
        if together.total:
            yield phase, encode(of_counts(together.by_value()))
