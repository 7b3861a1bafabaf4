"""The limits of the evidence: what this run does not show, so that nobody reads more into it."""

from collections.abc import Iterator

from seatrial.journal.entries import UndoResult
from seatrial.measure import Measure
from seatrial.model.units import format_duration, format_share
from seatrial.plan.plan import named
from seatrial.record import RunRecord
from seatrial.verdict.confidence import ALPHA, confidence
from seatrial.verdict.design_effect import BATCHES
from seatrial.view.load import LoadView
from seatrial.view.slis import SliView, reasons_unknown
from seatrial.view.text import counted, listed

_NAMED_AT_MOST = 3


def limits_of(record: RunRecord, slis: tuple[SliView, ...], load: LoadView) -> list[str]:
    """One sentence each, the weightiest first."""
    return [
        *_cut(record),
        *_blind(slis),
        *_scraped(slis),
        *_load(load),
        *_faults(record),
        *_plan(record),
        *_statistics(record, slis),
    ]


def _cut(record: RunRecord) -> Iterator[str]:
    if record.ended is None:
        yield "The journal has no end: the run died, or was still going when this was made."
    if record.torn_bytes:
        yield f"The last {counted(record.torn_bytes, 'byte')} of the journal were cut short by a crash."
    for t_s, taken in record.taken_over:
        yield (
            f"After {format_duration(t_s)} the {taken.by} took over ({taken.reason}): it undoes and ends, "
            "and reads no SLI any more."
        )


def _blind(slis: tuple[SliView, ...]) -> Iterator[str]:
    for sli in slis:
        count, total = sli.unknown_count, len(sli.values)
        if not total:
            yield f"{sli.name} was never read."
        elif count:
            reasons = listed(list(reasons_unknown(sli))[:_NAMED_AT_MOST])
            why = f": {reasons}" if reasons else ""
            yield f"{sli.name}: {count:,} of {counted(total, 'reading')} are unknown{why}."


def _scraped(slis: tuple[SliView, ...]) -> Iterator[str]:
    """What others counted, and how much of it nobody saw."""
    for sli in slis:
        readings = [point.reading for point in sli.series.points]
        unobserved = sum(r.observed.unobserved for r in readings if r.observed is not None)
        if unobserved:
            yield (
                f"{sli.name}: about {counted(unobserved, 'event')} that targets counted before they died "
                'were never scraped; they count as bad against "held", and as good against "deviated".'
            )
        every_s = sli.spec.every_s or 0.0
        if every_s > sli.record.plan.interval_s:
            every = format_duration(every_s)
            yield f"{sli.name} was scraped every {every}: within that nobody knows when an event happened."


def _load(load: LoadView) -> Iterator[str]:
    if not load.seconds:
        if load.words:
            yield "No second of load was reported."
        else:
            yield "There was no load of its own: only the traffic of others, if any, was there to be hurt."
        return
    if load.limit is not None:
        yield f"The load generator was the limit: {load.limit.message}. {load.limit.hint}"
    if not load.is_open:
        yield (
            "The load was a closed model: each user waited for its answer, so fewer requests were sent while "
            "the system was slow. Latencies and error shares look better than users of the real world would "
            "have seen them (coordinated omission). `rate:` gives the open model."
        )
    lost = sum(second.lost + second.late for second in load.seconds)
    if lost:
        yield f"{counted(lost, 'report')} of load workers came too late for their second, or not at all."


def _faults(record: RunRecord) -> Iterator[str]:
    unseen = [f for f in record.hit if f.effect_seen is None and not f.failure]
    if unseen:
        yield f"Whether the fault took effect was not looked at on {counted(len(unseen), 'target')}."
    foreign = [f for f in record.hit if f.undo is not None and f.undo.result is UndoResult.FOREIGN]
    if foreign:
        yield f"{counted(len(foreign), 'target')} changed by somebody else: undo left that alone."
    for one in record.precautions:
        if one.undo is not None and one.undo.result is UndoResult.EXPIRES:
            yield f"{named(one.fault.action, one.planned.target)} was left in place, for {one.undo.reason}."
    for fault in record.plan.faults:
        rest = fault.population - len(fault.targets)
        if rest > 0:
            tried = f"{len(fault.targets)} of {fault.population}"
            yield f"{fault.action} was tried on {tried} targets: nothing is known of the other {rest}."


def _plan(record: RunRecord) -> Iterator[str]:
    for sample in record.plan.samples:
        if not sample.decidable:
            hint = f" {sample.hint}" if sample.hint else ""
            yield (
                f"{sample.sli} `{sample.objective}` ({sample.phase}): {sample.expected} samples were to be "
                f"expected where {sample.needed} are needed.{hint}"
            )
    yield from record.plan.warnings


def _statistics(record: RunRecord, slis: tuple[SliView, ...]) -> Iterator[str]:
    interval = format_duration(record.plan.interval_s)
    if any(sli.spec.measure is Measure.VALUE for sli in slis):
        yield f"Values are looked at every {interval}: what comes and goes in between is not seen."
    if any(sli.spec.measure is not Measure.VALUE for sli in slis):
        yield (
            f"Each end of an interval of a ratio or a latency holds with {confidence(ALPHA)} confidence, "
            f"corrected for errors in bursts of up to about {BATCHES[-1]} readings; longer bursts make "
            "intervals too narrow."
        )
    if record.plan.guards:
        chance = format_share(record.plan.guard_false_stop)
        yield f"Guards stop a run that is exactly at their limits with a chance of at most {chance}."
    yield "One run shows one course of events; another hour, load or target may show another."
