"""A run as others see it: a few gauges, as a function of its journal's entries."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from seatrial.journal.entries import (
    Applied,
    Entry,
    Phase,
    PhaseStarted,
    RunEnded,
    RunStarted,
    Undone,
    UndoResult,
)
from seatrial.verdict.verdict import Outcome


class Sample(NamedTuple):
    """One gauge, now."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass
class RunState:
    """Takes the entries in their order."""

    started: RunStarted
    labels: Mapping[str, str]
    """Of every gauge."""
    phase: Phase | None = None
    in_place: set[str] = field(default_factory=set)
    """Faults that are there now, by their ids."""
    fault_s: tuple[float, float | None] | None = None
    """When the first fault was there, and when the last was gone, in seconds since the run began."""
    not_undone: set[str] = field(default_factory=set)
    ended: RunEnded | None = None

    @classmethod
    def of(cls, started: RunStarted, labels: Mapping[str, str]) -> "RunState":
        """A run that has just begun."""
        return cls(started, {**labels, "experiment": started.plan.title, "run": started.run_id})

    def take(self, t_s: float, entry: Entry) -> bool:
        """True where it changes what others see."""
        match entry:
            case PhaseStarted():
                self.phase = entry.phase
            case Applied() if self._is_fault(entry.id):
                self.in_place.add(entry.id)
                self.fault_s = self.fault_s or (t_s, None)
            case Undone() if self._is_fault(entry.id):
                self._undone(t_s, entry)
            case RunEnded():
                self.phase, self.ended = None, entry
            case _:
                return False
        return True

    def _is_fault(self, undo_id: str) -> bool:
        return self.started.plan.planned(undo_id)[0].lifting is None

    def _undone(self, t_s: float, entry: Undone) -> None:
        if entry.result is UndoResult.FAILED:
            self.not_undone.add(entry.id)
            return
        self.not_undone.discard(entry.id)
        self.in_place.discard(entry.id)
        if self.fault_s is not None and not self.in_place:
            self.fault_s = self.fault_s[0], t_s

    def samples(self) -> Iterator[Sample]:
        """What there is to be told now."""
        for phase in Phase:
            yield self._gauge("seatrial_run_phase", phase is self.phase, phase=phase)
        actions = {fault.action: 0 for fault in self.started.plan.faults}
        for undo_id in self.in_place:
            actions[self.started.plan.planned(undo_id)[0].action] += 1
        for action, count in actions.items():
            yield self._gauge("seatrial_faults_in_place", count, action=action)
        yield self._gauge("seatrial_faults_not_undone", len(self.not_undone))
        if self.ended is not None:
            for outcome in Outcome:
                yield self._gauge("seatrial_run_outcome", outcome == self.ended.outcome, outcome=outcome)

    def _gauge(self, name: str, value: float, **labels: str) -> Sample:
        return Sample(name, {**self.labels, **{key: str(text) for key, text in labels.items()}}, float(value))

    def at_ms(self, t_s: float) -> int:
        """The wall clock's milliseconds since 1970 at a time of the run."""
        began = datetime.datetime.fromisoformat(self.started.began_at)
        return round((began.timestamp() + t_s) * 1000)
