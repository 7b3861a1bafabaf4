"""Can the objectives be decided at all, with this load and these windows?"""

import math
from collections.abc import Mapping, Sequence

from seatrial.load.schedule import schedule_of
from seatrial.measure import Measure
from seatrial.model.experiment import Experiment
from seatrial.model.load import Load
from seatrial.model.objective import Objective
from seatrial.model.units import format_duration
from seatrial.plan.plan import PlannedFault, PlannedSli, SampleSize
from seatrial.probe import FromLoad, Survey
from seatrial.spans import Spans, length_s, merged


def sample_sizes(
    experiment: Experiment, slis: Sequence[PlannedSli], faulty: Spans, surveys: Mapping[str, Survey]
) -> tuple[SampleSize, ...]:
    """For each objective and phase: what the window will give, and the least that can pass.

    `faulty`: when a fault is on, since the first injection was due.
    """
    windows: list[tuple[str, Spans]] = [("baseline", [(0.0, experiment.baseline)])]
    if faulty:
        windows.append(("fault", [(experiment.baseline + b, experiment.baseline + e) for b, e in faulty]))
    return tuple(
        _sample_size(experiment, sli, phase, spans, surveys.get(sli.name))
        for sli in slis
        for phase, spans in windows
    )


def _sample_size(
    experiment: Experiment, sli: PlannedSli, phase: str, spans: Spans, survey: Survey | None
) -> SampleSize:
    objective = sli.objective if phase == "baseline" else sli.under_fault
    per_s, window_s = _events_per_s(experiment, sli, spans, survey), length_s(spans)
    if sli.every_s:  # at either end of the window, a scrape reaches beyond it
        window_s = max(0.1, window_s - 2 * sli.every_s)
    expected = None if per_s is None else math.floor(per_s * window_s + 1e-9)
    shorter_s = min(window_s, experiment.baseline)
    needed = _needed(sli, objective, (per_s or 1.0, window_s, shorter_s))
    size = SampleSize(sli=sli.name, phase=phase, objective=objective.text, expected=expected, needed=needed)
    return size if size.decidable else size.model_copy(update={"hint": _hint(size, sli, per_s, window_s)})


def _hint(size: SampleSize, sli: PlannedSli, per_s: float | None, window_s: float) -> str:
    if size.needed is None:
        return (
            f"{sli.name} `{size.objective}` can never be shown to hold, however long it is watched: "
            "no finite sample proves that nothing ever fails; allow a share, such as 99.9%"
        )
    enough = f"watch for {format_duration(math.ceil(size.needed / per_s))}" if per_s else "watch for longer"
    if sli.from_load and sli.measure is not Measure.VALUE:
        enough += f", or raise the load to {math.ceil(size.needed / window_s)}/s"
    return (
        f"{sli.name} `{size.objective}` cannot be decided in the {size.phase}: {size.expected} samples in "
        f"{format_duration(window_s)}, but {size.needed} are needed even if nothing fails; {enough}"
    )


def _events_per_s(
    experiment: Experiment, sli: PlannedSli, spans: Spans, survey: Survey | None
) -> float | None:
    """Events (ratios, latencies) or readings (values) a second; None where only the run can tell.

    `spans`: since the baseline began.
    """
    if sli.measure is Measure.VALUE:
        return 1 / max(experiment.interval, sli.every_s or 0.0)
    if survey is not None and survey.events_per_s and experiment.load is None:
        return survey.events_per_s
    probe = experiment.slis[sli.name].probe
    load = experiment.load
    if not isinstance(probe, FromLoad) or not probe.counts_every_request or load is None or not load.is_open:
        return None
    schedule = schedule_of(load)
    arrivals = sum(schedule.arrivals_between(load.warm_up + b, load.warm_up + e) for b, e in spans)
    return arrivals / length_s(spans)


def load_per_s(experiment: Experiment) -> float:
    """The rate that the load will have in the mean of the baseline; 0 where only the run can tell."""
    load = experiment.load
    if load is None or not load.is_open:
        return 0.0
    until_s = load.warm_up + experiment.baseline
    return schedule_of(load).arrivals_between(load.warm_up, until_s) / experiment.baseline


def _needed(sli: PlannedSli, objective: Objective, window: tuple[float, float, float]) -> int | None:
    """The fewest samples with which this can hold; 0 where only the baseline will tell.

    `window`: events a second, seconds, and the seconds of the shorter of baseline and window.
    """
    per_s, window_s, shorter_s = window
    from seatrial.verdict import sample_size

    if sli.measure is Measure.VALUE:
        return sli.deviates_at.of
    if sli.measure is Measure.LATENCY:
        quantile = sli.quantile or 0.5
        if not objective.relative:
            return sample_size.samples_needed(round(1 - quantile, 12))
        # The shorter of both windows has to have enough beyond the quantile.
        needed = sample_size.relative_latency_decidability(quantile, per_s, shorter_s).samples_needed
        return None if needed is None else math.ceil(needed * window_s / shorter_s)
    if objective.relative:
        return 0
    budget = objective.factor if sli.counts_bad else 1 - objective.factor
    return sample_size.samples_needed(round(budget, 12))


def faulty_spans(faults: Sequence[PlannedFault]) -> Spans:
    """When at least one fault is on: only that time judges the objectives under fault."""
    return merged((fault.starts_at_s, fault.ends_at_s) for fault in faults)


def faulty_s(faults: Sequence[PlannedFault]) -> float:
    """For how long at least one fault is on."""
    return length_s(faulty_spans(faults))


def describe_load(load: Load | None) -> str:
    """The load in words: `100/s, constant arrivals (open model)`."""
    if load is None:
        return ""
    source = load.locustfile.name if load.locustfile else f"{len(load.requests or ())} requests"
    if load.rate is not None:
        return f"{load.rate:g}/s, {load.arrivals} arrivals (open model), {source}"
    if load.profile is not None:
        steps = ", ".join(
            f"{step.rate:g}/s{f' to {step.to:g}/s' if step.to else ''} for {format_duration(step.for_s)}"
            for step in load.profile
        )
        return f"{steps}; {load.arrivals} arrivals (open model), {source}"
    users = f"{load.users} users" if load.users else "the Locust file's own shape"
    return f"{users} (closed model: it sends less when the system slows down), {source}"
