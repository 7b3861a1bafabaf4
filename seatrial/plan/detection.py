"""How soon a guard sees errors, where its readings come more seldom than the run looks."""

from collections.abc import Iterator, Mapping

from seatrial.measure import Measure
from seatrial.model.units import format_duration
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import PlannedSli
from seatrial.probe import Survey
from seatrial.verdict.e_process import EProcess

BURST_SHARES = (1.0, 0.2)
READINGS_MAX = 200
SCRAPES_MIN = 10
"""A fault that spans fewer of them lies at the edges of its readings more than within."""


def guard_delays(
    guards: tuple[GuardSpec, ...],
    slis: Mapping[str, PlannedSli],
    surveys: Mapping[str, Survey],
    *,
    alpha: float,
    load_per_s: float,
) -> Iterator[str]:
    """A sentence for each guard on such a source; `load_per_s`: what the run itself will send."""
    for guard in guards:
        survey, sli = surveys.get(guard.sli), slis.get(guard.sli)
        if survey is None or sli is None or not survey.every_s:
            continue
        events = max(1, round(max(survey.events_per_s or 0.0, load_per_s) * survey.every_s))
        needed = [readings_until_breach(guard, sli, events, s, alpha / len(guards)) for s in BURST_SHARES]
        told = [_told(n, s, survey.every_s) for n, s in zip(needed, BURST_SHARES, strict=True)]
        yield f"guard `{guard.text}` sees {' and '.join(told)}"


def too_few_scrapes(surveys: Mapping[str, Survey], fault_s: float) -> Iterator[str]:
    """A sentence for each source that is slow for a fault of this length."""
    for name, survey in surveys.items():
        every_s = survey.every_s or 0.0
        if 0 < fault_s < SCRAPES_MIN * every_s:
            yield (
                f"{name} is scraped every {format_duration(every_s)}, which is seldom for "
                f"{format_duration(fault_s)} of fault: hold it for {format_duration(SCRAPES_MIN * every_s)}, "
                "or read the targets themselves, or the load, as well"
            )


def _told(readings: int | None, share: float, every_s: float) -> str:
    what = f"{share * 100:g} % of errors"
    if readings is None:
        return f"{what} not at all"
    # The first reading may be cut by the beginning of the burst, and it is looked at once a second.
    return f"{what} after {format_duration(round((readings + 1) * every_s + 1))} at the most"


def readings_until_breach(
    guard: GuardSpec, sli: PlannedSli, events: int, share: float, alpha: float
) -> int | None:
    """How many readings of a burst break the guard, each of so many events; None: too few errors for it."""
    if sli.measure is Measure.VALUE:
        return guard.in_a_row
    bet = EProcess(_limit(guard, sli), alpha)
    return next((n for n in range(1, READINGS_MAX) if bet.update(round(events * share), events)), None)


def _limit(guard: GuardSpec, sli: PlannedSli) -> float:
    """The share of bad events that the guard allows."""
    if sli.measure is Measure.LATENCY:
        return 1 - (sli.quantile or 0.95)
    if guard.keep.relative:  # of a baseline that is yet to be watched
        return 0.01
    return min(0.999, max(0.0, guard.keep.factor if sli.counts_bad else 1 - guard.keep.factor))
