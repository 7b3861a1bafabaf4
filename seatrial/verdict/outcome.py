"""From the record of a run to its verdict.

undo incomplete > interrupted > failed > inconclusive > passed
"""

from collections.abc import Iterator

from seatrial.journal.entries import Phase, StopKind, UndoResult
from seatrial.load.honesty import generator_limit
from seatrial.model.units import format_duration
from seatrial.plan.plan import named
from seatrial.reading import Unknown
from seatrial.record import RunRecord, SliSeries
from seatrial.verdict import script
from seatrial.verdict.alert import Course, Seen, judge_alert
from seatrial.verdict.decision import Decision
from seatrial.verdict.judge import judge
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import ObjectiveVerdict, Outcome, Verdict
from seatrial.verdict.workload import workload_verdicts

_FAILING = (StopKind.GUARD,)
_SILENT = (StopKind.INTERRUPT, StopKind.GUARD)


def verdict_of(record: RunRecord) -> Verdict:
    """Judge a run by nothing but its record."""
    objectives = tuple(_objectives(record))
    limit = generator_limit(record.judged_load)
    measured = [*_stop_reasons(record, _FAILING), *_deviations(objectives)]
    failed = [*measured, *_not_back(record)]
    unclear = [*_ended_early(record), *_no_effect(record), *_vanished(record)]
    unclear += _unknowns(record, objectives)
    unclear += _cut_short(record)
    unclear += script.doubts_of(record) if record.plan.script is not None else ()
    if limit is not None:
        unclear.insert(0, f"generator-limited: {limit.message}. {limit.hint}")
    if _requirement_broke(record) or _nothing_bit(record):  # what was seen has another cause, perhaps
        failed, unclear = [], [*unclear, *failed]
    elif limit is not None and limit.bias == "too bad":  # its own delay is in the figures
        failed, unclear = list(_not_back(record)), [*unclear, *measured]
    left = [
        f"{named(fault.fault.action, fault.planned.target)} may still be there"
        for fault in record.open_faults
    ]
    outcome, reasons = _weigh(record, left, failed, unclear)
    return Verdict(
        outcome=outcome,
        headline=_headline(record, outcome, reasons, len({one.sli for one in objectives})),
        reasons=tuple(reasons),
        objectives=objectives,
        next_steps=tuple(_next_steps(record, outcome)),
    )


def _weigh(
    record: RunRecord, left: list[str], failed: list[str], unclear: list[str]
) -> tuple[Outcome, list[str]]:
    everything = [*left, *failed, *unclear]
    if left:
        return Outcome.UNDO_INCOMPLETE, everything
    if record.was_interrupted:
        return Outcome.INTERRUPTED, [*_stop_reasons(record, (StopKind.INTERRUPT,)), *everything]
    if failed:
        return Outcome.FAILED, everything
    if unclear:
        return Outcome.INCONCLUSIVE, everything
    return Outcome.PASSED, []


def _alerts(record: RunRecord) -> Iterator[ObjectiveVerdict]:
    """Alerts are judged like objectives, in the fault's window and what follows it."""
    window = record.fault_window
    if window is None or record.plan.control:
        return
    course = Course(
        window[0], record.undo_ended_s or window[1], record.duration_s, _broke_an_objective(record)
    )
    for number, alert in enumerate(record.plan.alerts):
        seen = [
            Seen(t_s, one.state, one.receivers, one.reason)
            for t_s, one in record.alerts
            if one.alert == number
        ]
        decision = judge_alert(alert, seen, course)
        yield ObjectiveVerdict(
            sli=f"alert {alert.alert}", phase=Phase.FAULT, objective=alert.text, decision=decision
        )


def _broke_an_objective(record: RunRecord) -> bool:
    """Whether under fault some SLI was surely not what it has to be in the steady state."""
    return any(
        judge(
            one.spec, one.spec.objective, record.window(one, Phase.FAULT), record.window(one, Phase.BASELINE)
        ).status
        is Status.DEVIATED
        for one in record.slis
    )


def _objectives(record: RunRecord) -> Iterator[ObjectiveVerdict]:
    yield from _alerts(record)
    if record.plan.script is not None:
        yield from script.objectives_of(record)
    for series in record.slis:
        baseline = record.window(series, Phase.BASELINE)
        spec = series.spec
        if record.span(Phase.BASELINE) is not None:
            yield ObjectiveVerdict(
                sli=spec.name,
                phase=Phase.BASELINE,
                objective=spec.objective.text,
                decision=judge(spec, spec.objective, baseline, baseline),
            )
        if record.fault_window is not None:
            during = record.window(series, Phase.FAULT)
            decision = judge(spec, spec.under_fault, during, baseline)
            yield ObjectiveVerdict(
                sli=spec.name, phase=Phase.FAULT, objective=spec.under_fault.text, decision=decision
            )
        if record.recovered is not None:
            yield ObjectiveVerdict(
                sli=spec.name,
                phase=Phase.RECOVERY,
                objective=spec.objective.text,
                decision=_recovery_decision(record, series),
            )
    if record.recovered is not None:
        yield from workload_verdicts(record.recovered.workloads, record.plan.recovery_s)


def _recovery_decision(record: RunRecord, series: SliSeries) -> Decision:
    """Recovery is an observation, not an estimate: was it back in time, and did it stay?"""
    assert record.recovered is not None
    after_s = record.recovered.after_s.get(series.spec.name)
    readings = record.readings(series, Phase.RECOVERY)
    samples = len(readings)
    settle, within = format_duration(record.plan.settle_s), format_duration(record.plan.recovery_s)
    if after_s is not None:
        reason = f"back at its objective {format_duration(after_s)} after undo, and stayed there for {settle}"
        return Decision(status=Status.HELD, value=after_s, samples=samples, rule="settled", reason=reason)
    reason = f"not back at its objective for {settle} within {within} after undo"
    if not series.spec.from_load and all(isinstance(reading, Unknown) for reading in readings):
        why = f": {readings[-1].reason}" if readings and isinstance(readings[-1], Unknown) else ""
        reason = f"whether it was back within {within} after undo was not seen{why}"
        return Decision(status=Status.UNKNOWN, samples=0, rule="settled", reason=reason)
    return Decision(status=Status.DEVIATED, samples=samples, rule="settled", reason=reason)


def _stop_reasons(record: RunRecord, kinds: tuple[StopKind, ...]) -> list[str]:
    if record.stop is None or record.stop[1].why not in kinds:
        return []
    return [f"stopped after {format_duration(record.stop[0])}: {record.stop[1].reason}"]


def _ended_early(record: RunRecord) -> list[str]:
    if record.stop is None or record.stop[1].why in _SILENT:
        return []
    by_environment = record.stop[1].why is StopKind.ENVIRONMENT
    how = "interrupted by the environment" if by_environment else "stopped"
    return [f"{how} after {format_duration(record.stop[0])}: {record.stop[1].reason}"]


def _requirement_broke(record: RunRecord) -> bool:
    """Whether something around the experiment was not as it has to be."""
    required = {series.spec.name for series in record.requires}
    return any(breach.sli in required for _, breach in record.breaches)


def _cut_short(record: RunRecord) -> Iterator[str]:
    for t_s, taken in record.taken_over:
        if taken.by == "guardian":
            yield f"the runner did not live to the end: after {format_duration(t_s)} {taken.reason}"
    by_guardian = any(taken.by == "guardian" for _, taken in record.taken_over)
    if record.stop is None and not _is_whole(record) and not by_guardian:
        yield "the run did not come to its end"
    if record.torn_bytes:
        yield f"the last {record.torn_bytes} bytes of the journal were torn off"


def _is_whole(record: RunRecord) -> bool:
    plan = record.plan
    if plan.script is not None:
        return record.script_ended is not None
    if plan.faults and not plan.control:
        return record.recovered is not None
    phase, planned_s = (Phase.FAULT, plan.fault_s) if plan.control else (Phase.BASELINE, plan.baseline_s)
    span = record.span(phase)
    return span is not None and span.end_s - span.begin_s >= planned_s - plan.interval_s - 1


def _no_effect(record: RunRecord) -> Iterator[str]:
    for fault in record.faults:
        name = named(fault.fault.action, fault.planned.target)
        if fault.failure:
            yield f"{name} could not be injected: {fault.failure}"
        elif fault.effect_seen is False:
            yield f"{name} had no effect, so nothing was tried"


def _vanished(record: RunRecord) -> Iterator[str]:
    """A fault that was seen, and is not there at its end, has lasted nobody knows how long.

    Where nobody can look, that undo finds nothing to do says nothing. Nor does it in a script: its own
    activities and rollbacks may take back what they have done.
    """
    for fault in record.faults if record.plan.script is None else ():
        if fault.applied_s is None or fault.undo is None or fault.undo.by != "runner":
            continue  # a fault that others undo is told by who took over
        name = named(fault.fault.action, fault.planned.target)
        if fault.undo.result is UndoResult.ALREADY and fault.effect_seen:
            yield f"{name} was gone before it was undone, so nobody knows how long it lasted"
        elif fault.undo.result is UndoResult.FOREIGN:
            yield f"{name} was changed by somebody else before it was undone: {fault.undo.reason}"


def _nothing_bit(record: RunRecord) -> bool:
    """Whether not one of the faults took effect."""
    return bool(record.hit) and all(fault.effect_seen is False or fault.failure for fault in record.hit)


def _not_back(record: RunRecord) -> Iterator[str]:
    for fault in record.faults:
        if fault.undo is not None and fault.undo.result is UndoResult.NOT_BACK:
            yield f"{fault.planned.target.label} was not brought back by its supervisor"


def _deviations(objectives: tuple[ObjectiveVerdict, ...]) -> Iterator[str]:
    for one in objectives:
        if one.status is Status.DEVIATED and one.phase is not Phase.BASELINE:
            where = "under fault" if one.phase is Phase.FAULT else "after recovery"
            yield f"{one.sli} `{one.objective}` deviated {where}: {one.decision.reason}"


def _unknowns(record: RunRecord, objectives: tuple[ObjectiveVerdict, ...]) -> Iterator[str]:
    is_told = record.stop is not None and record.stop[1].why is StopKind.BASELINE
    for one in objectives:
        if one.phase is Phase.BASELINE and one.status is not Status.HELD:
            if is_told:
                continue
            yield f"{one.sli} `{one.objective}` did not hold in the baseline: {one.decision.reason}"
        elif one.status is Status.UNKNOWN:
            where = "under fault" if one.phase is Phase.FAULT else "after recovery"
            yield f"{one.sli} `{one.objective}` is undecided {where}: {one.decision.reason}"


def _headline(record: RunRecord, outcome: Outcome, reasons: list[str], count: int) -> str:
    if outcome is Outcome.PASSED:
        kept = "its objective was kept" if count == 1 else f"all {count} objectives were kept"
        if record.fault_window is None or record.plan.control:
            return f"The steady state held: {kept}; nothing was injected."
        return f"The hypothesis held: {kept} before, under and after the fault."
    first = reasons[0].rstrip(".")
    if outcome is Outcome.UNDO_INCOMPLETE:
        return f"Not everything could be put back: {first}."
    opening = {
        Outcome.FAILED: "The hypothesis did not hold",
        Outcome.INCONCLUSIVE: "Nothing is proven",
        Outcome.INTERRUPTED: "Interrupted, everything put back",
    }[outcome]
    return f"{opening}: {first}."


def _next_steps(record: RunRecord, outcome: Outcome) -> Iterator[str]:
    if outcome is Outcome.UNDO_INCOMPLETE:
        yield f"Finish the undo: `seatrial rollback {record.run_id}`, then look at the targets yourself."
    if outcome is Outcome.FAILED:
        yield "Mend what deviated, then run the same experiment again."
        yield "Compare the timeline of the SLI that deviated with the moments of injection and undo."
    if outcome is Outcome.INCONCLUSIVE:
        yield "Do not count this as a pass: remove the reasons above, then run it again."
    if outcome is Outcome.PASSED:
        yield _after_a_pass(record)


def _after_a_pass(record: RunRecord) -> str:
    if record.fault_window is None or record.plan.control:
        return "Now let a fault happen: nothing was shown of how the service bears one."
    return "Keep this experiment in CI, or widen it: more targets, a longer hold, a harder fault."
