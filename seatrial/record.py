"""A run as its journal tells it: everything that a report may show, and nothing else.

journal.jsonl ──▶ RunRecord ──▶ verdict ──▶ reports, archive      (pure functions)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from seatrial.journal import entries as journal
from seatrial.journal.entries import Phase, StopKind, UndoResult
from seatrial.journal.reader import Journal
from seatrial.load.second import LoadSecond
from seatrial.plan.plan import Plan, PlannedFault, PlannedSli, PlannedTarget
from seatrial.reading import Reading, Scalar, Value

if TYPE_CHECKING:
    from seatrial.verdict.verdict import Verdict


@dataclass(frozen=True)
class Point:
    """One reading and the time it speaks of, in seconds since the run began."""

    begin_s: float
    t_s: float
    """The end of its interval."""
    reading: Reading


@dataclass(frozen=True)
class PhaseSpan:
    """When a phase began and ended, in seconds since the run began."""

    phase: Phase
    begin_s: float
    end_s: float

    def holds(self, t_s: float) -> bool:
        return self.begin_s <= t_s < self.end_s


@dataclass(frozen=True)
class SliSeries:
    """An SLI with all its readings."""

    spec: PlannedSli
    points: tuple[Point, ...]

    def within(self, begin_s: float, end_s: float) -> list[Reading]:
        """Readings of intervals that lie wholly within."""
        slack_s = 1e-3
        return [p.reading for p in self.points if begin_s - slack_s <= p.begin_s and p.t_s <= end_s + slack_s]

    def touching(self, begin_s: float, end_s: float) -> list[Reading]:
        """Readings of intervals that have any part within."""
        return [p.reading for p in self.points if p.begin_s < end_s and begin_s < p.t_s]

    def value(self, reading: Reading) -> Scalar:
        """What is plotted: a share 0 to 1, milliseconds, or the quantity; None where unknown."""
        if reading.kind == "unknown":  # by kind, for isinstance of a model is slow, and there are thousands
            return None
        if reading.kind == "latency":
            durations = reading.durations
            return durations.quantile_ms(reading.quantile) if durations.total else None
        if reading.kind == "ratio":
            events = reading.bad if self.spec.counts_bad else reading.good
            return events / reading.total if reading.total else None
        return quantity_of(reading, self.spec.quantity)


def quantity_of(reading: Value, quantity: str | None) -> Scalar:
    """The named quantity of a value reading, or its first."""
    if quantity is None:
        return next(iter(reading.values.values()))
    return reading.values.get(quantity)


@dataclass(frozen=True)
class FaultRecord:
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
    def is_open(self) -> bool:
        """True when the fault may still be there."""
        if self.intended_s is None:
            return False
        return self.undo is None or self.undo.result is UndoResult.FAILED


@dataclass(frozen=True)
class Event:
    """A line of the run's story."""

    t_s: float
    kind: str
    """The journal entry's kind, such as `guard_breached`."""
    text: str


@dataclass(frozen=True)
class RunRecord:
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
    breaches: tuple[tuple[float, journal.GuardBreached], ...]
    stop: tuple[float, journal.Stopped] | None
    taken_over: tuple[tuple[float, journal.TakenOver], ...]
    recovered: journal.Recovered | None
    undo_began_s: float | None
    undo_ended_s: float | None
    events: tuple[Event, ...]
    ended: journal.RunEnded | None
    torn_bytes: int = 0
    notes: tuple[str, ...] = field(default=())

    def span(self, phase: Phase) -> PhaseSpan | None:
        """When a phase was; None where it never began."""
        return next((span for span in self.phases if span.phase is phase), None)

    def readings(self, series: SliSeries, phase: Phase) -> list[Reading]:
        """The readings that judge a phase.

        What touches the time from the first injection to the end of undo belongs to the fault, so
        that neither baseline nor recovery has a part of it.
        """
        if phase is Phase.FAULT:
            window = self.fault_window
            return series.touching(*window) if window else []
        span = self.span(phase)
        return series.within(span.begin_s, span.end_s) if span else []

    @property
    def fault_window(self) -> tuple[float, float] | None:
        """From the beginning of the fault phase to the end of undo; None where nothing was injected."""
        fault = self.span(Phase.FAULT)
        if fault is None or not (self.hit or self.plan.control):
            return None
        undo = self.span(Phase.UNDO)
        end_s = undo.end_s if undo else fault.end_s
        return fault.begin_s, max(end_s, self.undo_ended_s or 0.0)

    @property
    def duration_s(self) -> float:
        return max((span.end_s for span in self.phases), default=0.0)

    @property
    def open_faults(self) -> Sequence[FaultRecord]:
        return [fault for fault in self.faults if fault.is_open]

    @property
    def was_interrupted(self) -> bool:
        return self.stop is not None and self.stop[1].why is StopKind.INTERRUPT

    @cached_property
    def verdict(self) -> "Verdict":
        """What is said of this run, from this record alone."""
        from seatrial.verdict.outcome import verdict_of

        return verdict_of(self)

    @cached_property
    def hit(self) -> Sequence[FaultRecord]:
        """Faults whose injection was at least begun."""
        return [fault for fault in self.faults if fault.intended_s is not None]


def record_of(journal_read: Journal) -> RunRecord:
    """Make the record of a journal; raises StoreError where it does not even begin."""
    from seatrial.record_builder import RecordBuilder

    return RecordBuilder(journal_read).build()
