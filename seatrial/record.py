"""A run as its journal tells it: everything that a report may show, and nothing else.

journal.jsonl ──▶ RunRecord ──▶ verdict ──▶ reports, archive      (pure functions)
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from seatrial.journal import entries as journal
from seatrial.journal import script_entries as script
from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.entries import Phase, StopKind, UndoResult
from seatrial.journal.reader import Journal
from seatrial.load.second import LoadSecond
from seatrial.paused_gc import paused_gc
from seatrial.plan.plan import Plan, PlannedFault, PlannedSli, PlannedTarget
from seatrial.reading import Latency, Ratio, Reading, Scalar, Unknown, Value
from seatrial.spans import merged
from seatrial.verdict.doubt import Window

if TYPE_CHECKING:
    from seatrial.verdict.verdict import Verdict


class Point(msgspec.Struct, frozen=True):
    """One reading and the time it speaks of, in seconds since the run began."""

    begin_s: float
    t_s: float
    """The end of its interval."""
    reading: Reading


class PhaseSpan(msgspec.Struct, frozen=True):
    """When a phase began and ended, in seconds since the run began."""

    phase: Phase
    begin_s: float
    end_s: float

    def holds(self, t_s: float) -> bool:
        return self.begin_s <= t_s < self.end_s


class SliSeries(msgspec.Struct, frozen=True):
    """An SLI with all its readings."""

    spec: PlannedSli
    points: tuple[Point, ...]

    def within(self, begin_s: float, end_s: float) -> list[Reading]:
        """Readings of intervals that lie wholly within."""
        slack_s = 2e-4
        return [p.reading for p in self.points if begin_s - slack_s <= p.begin_s and p.t_s <= end_s + slack_s]

    def touching(self, spans: Sequence[tuple[float, float]]) -> list[Point]:
        """Readings of intervals that have any part within one of these."""
        return [p for p in self.points if any(p.begin_s < end and begin < p.t_s for begin, end in spans)]

    def value(self, reading: Reading) -> Scalar:
        """What is plotted: a share 0 to 1, milliseconds, or the quantity; None where unknown."""
        if isinstance(reading, Unknown):
            return None
        if isinstance(reading, Latency):
            durations = reading.durations
            return durations.quantile_ms(reading.quantile) if durations.total else None
        if isinstance(reading, Ratio):
            events = reading.bad if self.spec.counts_bad else reading.good
            return events / reading.total if reading.total else None
        return quantity_of(reading, self.spec.quantity)


def quantity_of(reading: Value, quantity: str | None) -> Scalar:
    """The named quantity of a value reading, or its first."""
    if quantity is None:
        return next(iter(reading.values.values()))
    return reading.values.get(quantity)


class FaultRecord(msgspec.Struct, frozen=True):
    """One fault on one target: what was planned, and what became of it."""

    fault: PlannedFault
    planned: PlannedTarget
    intended_s: float | None
    applied_s: float | None
    apply_took_s: float | None
    failure: str
    """Why it could not be applied; empty when it was."""
    effect_seen: bool | None
    """None: nobody looked."""
    undone_s: float | None
    undo: journal.Undone | None

    @property
    def id(self) -> str:
        return self.planned.id

    @property
    def was_hit(self) -> bool:
        """True when its injection was at least begun; one that has no undo is not intended, but applied."""
        return self.intended_s is not None or self.applied_s is not None

    @property
    def is_open(self) -> bool:
        """True when the fault may still be there."""
        if self.intended_s is None:
            return False
        return self.undo is None or self.undo.result is UndoResult.FAILED


class Event(msgspec.Struct, frozen=True):
    """A line of the run's story."""

    t_s: float
    kind: str
    """The journal entry's kind, such as `guard_breached`."""
    text: str


class RunRecord(msgspec.Struct, frozen=True, dict=True):
    """One run, whole or cut short."""

    run_id: str
    plan: Plan
    started: journal.RunStarted
    phases: tuple[PhaseSpan, ...]
    slis: tuple[SliSeries, ...]
    requires: tuple[SliSeries, ...]
    """Signals of the environment."""
    load: tuple[tuple[float, LoadSecond], ...]
    """Each second of load with the time at which it was reported."""
    faults: tuple[FaultRecord, ...]
    precautions: tuple[FaultRecord, ...]
    """What was taken before the faults and lifted after recovery."""
    breaches: tuple[tuple[float, journal.GuardBreached], ...]
    stop: tuple[float, journal.Stopped] | None
    taken_over: tuple[tuple[float, journal.TakenOver], ...]
    recovered: journal.Recovered | None
    performed: tuple[tuple[float, script.Performed], ...]
    """Activities of a Chaos Toolkit experiment, in the order of their ends."""
    checks: tuple[tuple[float, script.HypothesisChecked], ...]
    script_ended: script.ScriptEnded | None
    undo_began_s: float | None
    undo_ended_s: float | None
    alerts: tuple[tuple[float, AlertSeen], ...]
    """Each change of an alert of the experiment."""
    events: tuple[Event, ...]
    ended: journal.RunEnded | None
    torn_bytes: int = 0
    notes: tuple[str, ...] = ()

    def span(self, phase: Phase) -> PhaseSpan | None:
        """When a phase was; None where it never began."""
        return next((span for span in self.phases if span.phase is phase), None)

    def readings(self, series: SliSeries, phase: Phase) -> list[Reading]:
        """The readings that judge a phase.

        What touches a time with a fault on, from its injection to the end of its undo, belongs to the
        fault, so that neither baseline nor recovery has a part of it. Times without any, before a later
        fault or between two, are no evidence of what a fault does.
        """
        if phase is Phase.FAULT:
            return [point.reading for point in series.touching(self.faulty)]
        span = self.span(phase)
        return series.within(span.begin_s, span.end_s) if span else []

    def window(self, series: SliSeries, phase: Phase) -> Window:
        """The same, with which of them reach beyond the phase.

        Only those that tell their own span do: the seconds of a load are cut finely enough.
        """
        readings = self.readings(series, phase)
        if phase is not Phase.FAULT:
            return Window(readings)
        partly = [
            point.reading.observed is not None
            and not any(begin <= point.begin_s and point.t_s <= end for begin, end in self.faulty)
            for point in series.touching(self.faulty)
        ]
        return Window(readings, partly)

    @property
    def fault_window(self) -> tuple[float, float] | None:
        """From the beginning of the fault phase to the end of undo; None where nothing was injected."""
        fault = self.span(Phase.FAULT)
        if fault is None or not (self.hit or self.plan.control):
            return None
        undo = self.span(Phase.UNDO)
        end_s = undo.end_s if undo else fault.end_s
        return fault.begin_s, max(end_s, self.undo_ended_s or 0.0)

    @cached_property
    def faulty(self) -> tuple[tuple[float, float], ...]:
        """When at least one fault was on, in order, within the fault window; as planned for an A/A run."""
        window = self.fault_window
        if window is None:
            return ()
        if self.plan.control:
            begin_s = window[0]
            spans = [(begin_s + one.starts_at_s, begin_s + one.ends_at_s) for one in self.plan.faults]
        else:
            spans = [self._span_of(one, window) for one in self.hit]
        return tuple((begin, min(end, window[1])) for begin, end in merged(spans))

    def _span_of(self, fault: FaultRecord, window: tuple[float, float]) -> tuple[float, float]:
        begin_s = fault.intended_s if fault.intended_s is not None else window[0]
        if fault.fault.irreversible:  # as long as it was to be looked at
            return begin_s, max(begin_s, window[0] + fault.fault.ends_at_s)
        return begin_s, window[1] if fault.is_open or fault.undone_s is None else fault.undone_s

    @cached_property
    def judged_load(self) -> Sequence[LoadSecond]:
        """The seconds of load since the baseline began: a slow start of the generator is in no figure."""
        baseline = self.span(Phase.BASELINE)
        begin_s = baseline.begin_s if baseline is not None else 0.0
        return [second for told_s, second in self.load if told_s >= begin_s + 1]

    @property
    def duration_s(self) -> float:
        return max((span.end_s for span in self.phases), default=0.0)

    @property
    def open_faults(self) -> Sequence[FaultRecord]:
        return [one for one in (*self.faults, *self.precautions) if one.is_open]

    @property
    def was_interrupted(self) -> bool:
        return self.stop is not None and self.stop[1].why is StopKind.INTERRUPT

    @cached_property
    def verdict(self) -> "Verdict":
        """What is said of this run, from this record alone."""
        from seatrial.verdict.outcome import verdict_of

        with paused_gc():
            return verdict_of(self)

    @cached_property
    def hit(self) -> Sequence[FaultRecord]:
        """Faults whose injection was at least begun."""
        return [fault for fault in self.faults if fault.was_hit]


def record_of(journal_read: Journal) -> RunRecord:
    """Make the record of a journal; raises StoreError where it does not even begin."""
    from seatrial.record_builder import RecordBuilder

    with paused_gc():
        return RecordBuilder(journal_read).build()
