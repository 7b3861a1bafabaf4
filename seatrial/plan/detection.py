"""How long a guard needs to see a burst of errors, where its readings come more seldom than once a second."""

from collections.abc import Iterator, Mapping

from seatrial.model.units import format_duration
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import PlannedSli
from seatrial.probe import Measure, Survey
from seatrial.verdict.e_process import EProcess

BURST_SHARES = (1.0, 0.2)
READINGS_MAX = 200


def slow_guards(
    guards: tuple[GuardSpec, ...],
    slis: Mapping[str, PlannedSli],
    surveys: Mapping[str, Survey],
    alpha: float,
    fault_s: float,
) -> Iterator[str]:
    """A sentence for each guard on a source that is slower than the run itself."""
    for guard in guards:
        survey = surveys.get(guard.sli)
        if survey is None or survey.every_s is None or guard.sli not in slis:
            continue
        told = [_told(guard, slis[guard.sli], survey, share, alpha / len(guards)) for share in BURST_SHARES]
        yield f"guard `{guard.text}` sees {' and '.join(told)}" + _too_slow(survey, fault_s)


def _too_slow(survey: Survey, fault_s: float) -> str:
    every_s = survey.every_s or 0.0
    if not fault_s or fault_s >= 10 * every_s:
        return ""
    return (
        f"; {format_duration(fault_s)} of fault are few scrapes of {format_duration(every_s)}: hold it for "
        f"{format_duration(10 * every_s)}, or read the targets themselves, or the load, as well"
    )


def _told(guard: GuardSpec, sli: PlannedSli, survey: Survey, share: float, alpha: float) -> str:
    readings = readings_until_breach(guard, sli, survey, share, alpha)
    what = f"{share * 100:g} % of errors"
    if readings is None:
        return f"{what} not at all"
    every_s = survey.every_s or 0.0
    return f"{what} after {format_duration(round((readings + 1) * every_s + 1))} at the most"


def readings_until_breach(
    guard: GuardSpec, sli: PlannedSli, survey: Survey, share: float, alpha: float
) -> int | None:
    """How many readings of a burst break the guard; None: too few errors for it.

    The first of them may be cut by the beginning of the burst, which is one reading more.
    """
    if sli.measure is Measure.VALUE:
        return guard.in_a_row
    limit = _limit(guard, sli)
    events = max(1, round((survey.events_per_s or 1.0) * (survey.every_s or 1.0)))
    bet = EProcess(limit, alpha)
    for count in range(1, READINGS_MAX):
        if bet.update(round(events * share), events):
            return count
    return None


def _limit(guard: GuardSpec, sli: PlannedSli) -> float:
    if sli.measure is Measure.LATENCY:
        return 1 - (sli.quantile or 0.95)
    if guard.keep.relative:
        return 0.01
    return min(0.999, max(0.0, guard.keep.factor if sli.counts_bad else 1 - guard.keep.factor))
