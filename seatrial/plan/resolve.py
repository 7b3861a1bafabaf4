"""From an experiment to its plan: who would be hit, when, how it is undone. Touches nothing."""

import hashlib
import secrets as entropy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import anyio

from seatrial.action import Action
from seatrial.errors import InvalidInput
from seatrial.measure import Measure
from seatrial.model.experiment import BlastRadius, Experiment
from seatrial.model.fault import Fault
from seatrial.model.record import JsonValue
from seatrial.model.sli import Sli
from seatrial.model.units import format_duration
from seatrial.plan.asking import with_answers
from seatrial.plan.choice import Chosen, chosen_faults
from seatrial.plan.detection import guard_delays, too_few_scrapes
from seatrial.plan.guard_spec import GuardSpec, guards_of
from seatrial.plan.plan import Blast, Plan, PlannedFault, PlannedSli
from seatrial.plan.planned import planned_targets
from seatrial.plan.planned_alert import planned_alert
from seatrial.plan.precautions import planned_precautions
from seatrial.plan.reach import Reached
from seatrial.plan.refusals import refusals_of
from seatrial.plan.samples import describe_load, faulty_s, faulty_spans, load_per_s, sample_sizes
from seatrial.plan.surveys import surveys_of
from seatrial.probe import FromLoad, Promised, Survey
from seatrial.targets.protected import Protected
from seatrial.targets.target import kinds_of

if TYPE_CHECKING:
    from seatrial.files.experiment_file import ExperimentFile


def make_plan(file: "ExperimentFile", seed: int | None = None, *, control: bool = False) -> Plan:
    """Resolve targets, stages, blast radius and sample sizes; `refusals` tell why it may not run.

    With `control` nothing will be injected: an A/A run, whose targets need not even be there.
    Raises InvalidInput where an action and its targets do not fit, or say what nobody could write down.
    """
    experiment = file.experiment
    if seed is None:
        seed = experiment.seed if experiment.seed is not None else entropy.randbits(32)
    faults = tuple(_planned_faults(experiment, file.masked, seed))
    precautions = planned_precautions(experiment, file.masked) if faults and not control else ()
    blast = _blast(faults, experiment.blast_radius)
    reached = _reach(faults, experiment)
    surveys = surveys_of(experiment)
    slis = tuple(_planned_sli(name, sli, surveys.get(name)) for name, sli in experiment.slis.items())
    requires = tuple(_planned_sli(name, sli, surveys.get(name)) for name, sli in experiment.requires.items())
    written = dict(enumerate(experiment.faults))
    fault_s = max((fault.ends_at_s for fault in faults), default=0.0)
    samples = sample_sizes(experiment, slis, faulty_spans(faults), surveys)
    guards = guards_of(experiment, {n: one.every_s for n, one in surveys.items() if one.every_s is not None})
    plan = Plan(
        experiment=file.masked,
        file=str(file.path),
        file_sha256=file.sha256,
        seed=seed,
        baseline_s=experiment.baseline,
        fault_s=fault_s,
        recovery_s=experiment.recover_within,
        faults=faults,
        precautions=precautions,
        blast=blast,
        pods=reached.pods,
        workloads=reached.workloads,
        slis=slis,
        requires=requires,
        control=control,
        samples=samples,
        guards=guards,
        load=describe_load(experiment.load),
        locustfile_sha256=_locustfile_sha256(experiment),
        interval_s=experiment.interval,
        settle_s=experiment.settle,
        guard_false_stop=experiment.guard_false_stop,
        warnings=tuple(_warnings(faults, experiment, surveys)),
        notes=tuple(_notes(experiment, surveys, guards, (*slis, *requires))),
        alerts=tuple(map(planned_alert, experiment.alerts)),
        refusals=(
            *_blind(experiment, surveys, 0.0 if control else faulty_s(faults)),
            *(() if control else (*refusals_of(faults, written, blast), *reached.refusals)),
            *refusals_of(precautions, {}, None),
            *(size.hint for size in samples if not size.decidable and not control),
        ),
    )
    return _as_written(with_answers(experiment, plan))


def _as_written(plan: Plan) -> Plan:
    """As the journal brings it back: what actions and probes say of themselves is in it, and is anyone's.

    Raises InvalidInput where a journal could not hold it: nobody could undo anything by that.
    """
    try:
        return Plan.model_validate_json(plan.model_dump_json())
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"the plan cannot be written down: {error}", "mend what the action or probe there says of itself"
        ) from None


def _notes(
    experiment: Experiment,
    surveys: Mapping[str, Survey],
    guards: tuple[GuardSpec, ...],
    signals: Iterable[PlannedSli],
) -> Iterator[str]:
    yield from (f"{name}: {note}" for name, survey in surveys.items() for note in survey.notes)
    by_name = {signal.name: signal for signal in signals}
    alpha, load = experiment.guard_false_stop, load_per_s(experiment)
    yield from guard_delays(guards, by_name, surveys, alpha=alpha, load_per_s=load)


def _blind(experiment: Experiment, surveys: Mapping[str, Survey], fault_s: float) -> Iterator[str]:
    """What could not be seen."""
    yield from _impossible_alerts(experiment, fault_s)
    yield from (f"{name}: {problem}" for name, survey in surveys.items() for problem in survey.problems)


def _reach(faults: Sequence[PlannedFault], experiment: Experiment) -> Reached:
    if all(fault.targets.kubernetes is None for fault in experiment.faults):
        return Reached()
    from seatrial.plan.pods import reach_of

    return reach_of(faults, experiment)


def _impossible_alerts(experiment: Experiment, fault_s: float) -> tuple[str, ...]:
    if not experiment.alerts or not fault_s:
        return ()
    from seatrial.alerts.preflight import refusals_of_alerts

    return anyio.run(refusals_of_alerts, experiment, fault_s)


def _locustfile_sha256(experiment: Experiment) -> str:
    if experiment.load is None or experiment.load.locustfile is None:
        return ""
    try:
        return hashlib.sha256(experiment.load.locustfile.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidInput(f"{experiment.load.locustfile} cannot be read: {error.strerror}") from None


def _slow_recovery(experiment: Experiment, surveys: Mapping[str, Survey]) -> Iterator[str]:
    """What has to be seen again needs a scrape that began after the undo, and one that ends it."""
    for name, survey in surveys.items():
        if survey.every_s and experiment.recover_within < 3 * survey.every_s + experiment.settle:
            within = format_duration(experiment.recover_within)
            yield (
                f"{name} is read every {format_duration(survey.every_s)}: that it is back can hardly be seen "
                f"within {within}; raise `recover_within`"
            )


def _planned_sli(name: str, sli: Sli, survey: Survey | None) -> PlannedSli:
    probe = sli.probe
    quantity = sli.objective.quantity or next(iter(probe.quantities), None)
    unit = {Measure.RATIO: "%", Measure.LATENCY: "ms"}.get(probe.measure) or probe.quantities.get(
        quantity or "", ""
    )
    return PlannedSli(
        name=name,
        probe=sli.probe_name,
        measure=probe.measure,
        quantity=quantity,
        unit=unit,
        counts_bad=probe.counts_bad,
        from_load=isinstance(probe, FromLoad),
        quantile=probe.quantile,
        objective=sli.objective,
        under_fault=sli.while_faulty,
        deviates_at=sli.deviates_at,
        every_s=survey.every_s if survey is not None else None,
        slo=probe.slo.model_dump(mode="json") if isinstance(probe, Promised) else None,
    )


def _planned_faults(
    experiment: Experiment, masked: dict[str, JsonValue], seed: int
) -> Iterator[PlannedFault]:
    protected = Protected(_ports_of_load(experiment))
    begins_s = 0.0
    for chosen in chosen_faults(experiment.faults, seed):
        arguments = _masked_arguments(masked, chosen.index)
        try:
            planned = _planned_fault(chosen, arguments, begins_s, seed, protected)
        except PermissionError as error:
            action = chosen.fault.parameters.name
            raise InvalidInput(
                f"{action}: this user may not look at {error.filename}", "run it as one who may"
            ) from error
        begins_s = planned.ends_at_s
        yield planned


def _planned_fault(
    chosen: Chosen, arguments: dict[str, JsonValue], begins_s: float, seed: int, protected: Protected
) -> PlannedFault:
    fault, action = chosen.fault, chosen.fault.parameters
    _check_kind(fault, action)
    population = fault.targets.population()
    eligible = fault.targets.eligible(population, f"{seed}/{chosen.index}")
    stages = tuple(stage.of(len(eligible)) for stage in fault.stages) if eligible else ()
    hit = fault.targets.choose(eligible, max(stages, default=0), f"{seed}/{chosen.index}")
    return PlannedFault(
        index=chosen.index,
        action=action.name,
        arguments=arguments,
        population=len(population),
        targets=planned_targets(chosen.index, action, hit, stages, protected),
        stages=tuple(min(count, len(hit)) for count in stages),  # one group may have fewer
        starts_at_s=fault.at_s if fault.at_s is not None else begins_s,
        hold_s=fault.for_s,
        irreversible=action.cannot_be_undone,
        undo=action.describe_undo(),
        timeout_s=action.timeout_s,
        effect_within_s=action.effect_within_s,
        one_of=chosen.one_of,
    )


def _ports_of_load(experiment: Experiment) -> list[int]:
    """Those that nobody listens on before the run begins."""
    workers = experiment.load.workers if experiment.load is not None else None
    return [workers.port] if workers is not None else []


def _masked_arguments(masked: dict[str, JsonValue], index: int) -> dict[str, JsonValue]:
    """What stands under `with:`, secrets still as `${env:NAME}`: this goes to disk."""
    faults = masked.get("faults")
    fault = faults[index] if isinstance(faults, list) else {}
    arguments = fault.get("with") if isinstance(fault, dict) else {}
    return arguments if isinstance(arguments, dict) else {}


def _check_kind(fault: Fault, action: Action[Any, Any]) -> None:
    wanted = kinds_of(action.target_model())
    if wanted and fault.targets.kind not in wanted:
        raise InvalidInput(
            f"{action.name} hits a {wanted[0]}, but its targets are of kind {fault.targets.kind!r}",
            f"write `targets: {{{wanted[0]}: …}}`",
        )


def _blast(faults: Sequence[PlannedFault], caps: BlastRadius | None) -> Blast | None:
    if caps is None:
        return None
    edges = sorted({fault.starts_at_s for fault in faults})
    at_once = [_hit_at(faults, edge) for edge in edges]
    return Blast(
        targets=max((len(hit) for hit in at_once), default=0),
        share=max((fault.share for fault in faults), default=0.0),
        duration_s=max((f.ends_at_s for f in faults), default=0.0)
        - min((f.starts_at_s for f in faults), default=0.0),
        max_targets=caps.max_targets,
        max_share=caps.max_share,
        max_duration_s=caps.max_duration,
    )


def _hit_at(faults: Sequence[PlannedFault], t_s: float) -> set[str]:
    """Identities of all targets that have a fault on them at a moment; a kill counts to the end."""
    return {
        planned.target.identity
        for fault in faults
        if fault.starts_at_s <= t_s and (t_s < fault.ends_at_s or fault.irreversible)
        for planned in fault.targets
    }


def _warnings(
    faults: Sequence[PlannedFault], experiment: Experiment, surveys: Mapping[str, Survey]
) -> Iterator[str]:
    yield from (f"{fault.action} cannot be undone: {fault.undo}" for fault in faults if fault.irreversible)
    if not faults:
        yield "there is no fault: this only measures"
    if experiment.load is None and faults:
        yield "there is no load: the SLIs see only what others send"
    yield from too_few_scrapes(surveys, faulty_s(faults))
    yield from _slow_recovery(experiment, surveys)
