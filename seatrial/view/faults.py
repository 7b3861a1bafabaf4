"""Faults as reports tell them: what was planned, what was hit, how it was taken back."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import msgspec

from seatrial.journal.entries import UndoResult
from seatrial.model.units import format_duration, format_share
from seatrial.plan.plan import PlannedFault
from seatrial.record import FaultRecord, RunRecord
from seatrial.view import text


class TargetView(msgspec.Struct, frozen=True):
    """One fault on one target."""

    record: RunRecord
    course: FaultRecord

    @property
    def label(self) -> str:
        return self.course.planned.target.label

    @property
    def is_bad(self) -> bool:
        """True where something did not go as planned, so that it is shown first."""
        undo = self.course.undo
        is_back = undo is not None and undo.result in (UndoResult.RESTORED, UndoResult.ALREADY)
        return bool(self.course.failure) or self.course.effect_seen is False or (self.was_hit and not is_back)

    @property
    def was_hit(self) -> bool:
        return self.course.intended_s is not None

    @property
    def injected(self) -> str:
        """When, and how long it took; or why not."""
        if self.course.failure:
            return f"failed: {self.course.failure}"
        if self.course.applied_s is None:
            return "begun, never confirmed" if self.was_hit else "never"
        took = format_duration(self.course.apply_took_s or 0.0).replace(" ", "\u00a0")
        return f"{text.clock(self.course.applied_s, tenths=True)}, took {took}"

    @property
    def effect(self) -> str:
        return {True: "seen", False: "not seen", None: "not looked for"}[self.course.effect_seen]

    @property
    def undone(self) -> str:
        """How it was undone, by whom, in what time."""
        undo = self.course.undo
        if undo is None:
            return "NOT undone" if self.was_hit else "nothing to undo"
        words = f"{text.UNDO_WORDS[undo.result]} by {undo.by}"
        tries = f", {undo.attempts} attempts" if undo.attempts > 1 else ""
        reason = f": {undo.reason}" if undo.reason else ""
        return f"{words}{tries}{reason}"

    @property
    def undo_took(self) -> str:
        return format_duration(self.course.undo.took_s) if self.course.undo else "-"

    @property
    def held_s(self) -> tuple[float, float] | None:
        """From injection to verified undo, or to the end of what is known; None where never injected."""
        if self.course.intended_s is None:
            return None
        end_s = self.course.undone_s
        if end_s is None or self.course.is_open:
            end_s = self.record.duration_s
        return self.course.intended_s, max(end_s, self.course.intended_s)


class FaultView(msgspec.Struct, frozen=True, dict=True):
    """One fault of the experiment, over all its targets."""

    record: RunRecord
    plan: PlannedFault
    targets: tuple[TargetView, ...]

    @property
    def name(self) -> str:
        return self.plan.action

    @cached_property
    def hit(self) -> Sequence[TargetView]:
        return [target for target in self.targets if target.was_hit]

    @property
    def open(self) -> Sequence[TargetView]:
        """Those on which it may still be."""
        return [target for target in self.targets if target.course.is_open]

    @property
    def arguments(self) -> str:
        """`status: 503, share: 20%`; empty where there are none."""
        return ", ".join(f"{key}: {value}" for key, value in self.plan.arguments.items())

    @property
    def undo(self) -> str:
        """How it is taken away, without a full stop."""
        return self.plan.undo.rstrip(".")

    @property
    def schedule(self) -> str:
        """When it was to begin and how long to hold."""
        stages = f" in {len(self.plan.stages)} stages" if len(self.plan.stages) > 1 else ""
        after = self.plan.starts_at_s
        begin = f"{format_duration(after)} into the fault phase, " if after else ""
        return f"{begin}for {format_duration(self.plan.hold_s)}{stages}"

    @property
    def aim(self) -> str:
        """`2 of 4 targets (50 %)`."""
        count, population = len(self.plan.targets), self.plan.population
        return f"{count} of {text.counted(population, 'target')} ({format_share(self.plan.share)})"

    @cached_property
    def held_s(self) -> tuple[float, float] | None:
        """From its first injection to its last undo; None where it was never injected."""
        spans = [span for target in self.hit if (span := target.held_s) is not None]
        return (min(b for b, _ in spans), max(e for _, e in spans)) if spans else None

    @property
    def undo_took_s(self) -> float | None:
        """From the decision to undo until the last of its targets was verified."""
        return max((t.course.undo.took_s for t in self.hit if t.course.undo), default=None)

    def steps(self) -> list[tuple[float, float, int]]:
        """Begin, end and how many targets had the fault on them, wherever that number changes."""
        changes: dict[float, int] = {}
        for begin_s, end_s in (span for target in self.hit if (span := target.held_s) is not None):
            changes[begin_s] = changes.get(begin_s, 0) + 1
            changes[end_s] = changes.get(end_s, 0) - 1
        moments, count = sorted(changes), 0
        found: list[tuple[float, float, int]] = []
        for begin_s, end_s in pairwise(moments):
            count += changes[begin_s]
            if count:
                found.append((begin_s, end_s, count))
        return found


def faults_of(record: RunRecord) -> tuple[FaultView, ...]:
    """Every fault of a run, in the order of the file."""
    views: dict[int, list[TargetView]] = {fault.index: [] for fault in record.plan.faults}
    for course in record.faults:
        views[course.fault.index].append(TargetView(record, course))
    return tuple(FaultView(record, fault, tuple(views[fault.index])) for fault in record.plan.faults)
