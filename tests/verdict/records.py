"""Records of small made-up runs, through a real journal: 10 s baseline, 10 s of fault, undo, recovery.

0 s preflight   1 s baseline   11 s fault   21 s undo   21.5 s recovery   26 s end
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.histogram import encode, of_counts
from seatrial.journal import entries as journal
from seatrial.journal.entries import Entry, Phase, UndoResult
from seatrial.journal.reader import read_journal
from seatrial.journal.tick import Tick
from seatrial.journal.writer import JournalWriter
from seatrial.load.second import LoadSecond
from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.model.tolerance import Tolerance
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import Blast, Plan, PlannedFault, PlannedSli, PlannedTarget
from seatrial.reading import Latency, Ratio, Reading, Scalar, Unknown, Value
from seatrial.record import RunRecord, record_of
from seatrial.targets.target import ProcessTarget

BASELINE_S, FAULT_S, UNDO_S, RECOVERY_S, END_S = 1.0, 11.0, 21.0, 21.5, 26.0
SOMEBODY = journal.Process(pid=1, start_ticks=1, boot_id="made-up")
Says = Callable[[int], Reading | None]
"""What is read in the second that begins then; None: no reading at all."""


def sli(
    name: str = "availability",
    objective: str = ">= 99%",
    under_fault: str | None = None,
    *,
    measure: Measure = Measure.RATIO,
    quantity: str | None = None,
    from_load: bool = True,
    counts_bad: bool = False,
) -> PlannedSli:
    return PlannedSli(
        name=name,
        probe="load" if from_load else "http",
        measure=measure,
        quantity=quantity,
        unit="",
        counts_bad=counts_bad,
        from_load=from_load,
        quantile=0.95 if measure is Measure.LATENCY else None,
        objective=Objective(objective),
        under_fault=Objective(under_fault or objective),
        deviates_at=Tolerance("3 of 5"),
    )


def guard(name: str, keep: str, granted: float = 0.0) -> GuardSpec:
    keeps = Objective(keep)
    return GuardSpec(sli=name, keep=keeps, source="stop_when", in_a_row=3, granted=granted)


def fault(
    index: int = 0, starts_at_s: float = 0.0, hold_s: float = 10.0, *, irreversible: bool = False
) -> PlannedFault:
    target = ProcessTarget(pid=100 + index, start_ticks=1, boot_id="b", argv=("shop",), user="shop")
    return PlannedFault(
        index=index,
        action="process.kill" if irreversible else "process.pause",
        arguments={},
        population=3,
        targets=(PlannedTarget(id=f"f{index}.t0", target=target, stage=0),),
        stages=(1,),
        starts_at_s=starts_at_s,
        hold_s=hold_s,
        irreversible=irreversible,
        undo="SIGCONT",
    )


def plan(
    slis: Sequence[PlannedSli],
    *,
    requires: Sequence[PlannedSli] = (),
    guards: Sequence[GuardSpec] = (),
    faults: Sequence[PlannedFault] | None = None,
    control: bool = False,
) -> Plan:
    faults = (fault(),) if faults is None else faults
    return Plan(
        experiment={"title": "Made up"},
        file="made_up.yaml",
        file_sha256="0" * 64,
        seed=1,
        baseline_s=10,
        fault_s=max((one.ends_at_s for one in faults), default=0.0),
        recovery_s=10,
        faults=tuple(faults),
        blast=Blast(targets=1, share=0.34, duration_s=10, max_targets=1, max_share=0.34, max_duration_s=60),
        slis=tuple(slis),
        requires=tuple(requires),
        control=control,
        samples=(),
        guards=tuple(guards),
        load="100/s",
        interval_s=1,
        settle_s=1,
        guard_false_stop=0.01,
    )


def ratio(bad: int = 0, total: int = 100, waiting: int = 0) -> Ratio:
    return Ratio(good=total - bad, total=total, waiting=waiting)


def latency(ms: Mapping[float, int], waiting: int = 0, arrivals: int = 100) -> Latency:
    """So many requests of each duration."""
    counts = {round(duration * 1000): count for duration, count in ms.items()}
    return Latency(histogram=encode(of_counts(counts)), quantile=0.95, waiting=waiting, arrivals=arrivals)


def value(number: Scalar, quantity: str = "value") -> Value:
    return Value(values={quantity: number})


def dark(reason: str = "connection refused") -> Unknown:
    return Unknown(reason=reason)


def steady(before: Reading, during: Reading | None = None, after: Reading | None = None) -> Says:
    """The same reading in each second of a phase."""

    def says(second: int) -> Reading:
        if second < FAULT_S or (during is None and after is None):
            return before
        if second <= UNDO_S:
            return during or before
        return after or before

    return says


@dataclass
class MadeUp:
    """A run that goes well, but for what is changed."""

    plan: Plan
    says: Mapping[str, Says]
    load: Sequence[LoadSecond] = ()
    """One a second, from 0 s on."""
    extra: list[tuple[float, Entry]] = field(default_factory=list)
    effect_seen: bool | None = True
    undo: UndoResult | None = UndoResult.RESTORED
    undone_s: float = 21.2
    recovered: Mapping[str, float | None] | None = field(default_factory=dict)
    """None: nothing is said of it."""
    ends_s: float = END_S
    """Nothing is written any more from then on."""

    def record(self, folder: Path) -> RunRecord:
        path = folder / "journal.jsonl"
        now = [1000.0]
        writer = JournalWriter.create(path, clock=lambda: now[0])
        try:
            for t_s, entry in sorted(self._moments(), key=lambda moment: moment[0]):
                now[0] = 1000.0 + t_s
                if t_s < self.ends_s:
                    writer.append(entry)
        finally:
            writer.close()
        return record_of(read_journal(path))

    def _moments(self) -> list[tuple[float, Entry]]:
        started = journal.RunStarted(
            run_id="made-up",
            plan=self.plan,
            runner=SOMEBODY,
            began_at="2026-01-01T00:00:00+00:00",
            began_monotonic_s=1000.0,
            versions={},
            host={},
            packs=(),
        )
        moments: list[tuple[float, Entry]] = [
            (0.0, started),
            (0.1, journal.PhaseStarted(phase=Phase.PREFLIGHT)),
            (BASELINE_S, journal.PhaseStarted(phase=Phase.BASELINE)),
            *self._readings(),
            *((second + 1.2, journal.Loaded(second=one)) for second, one in enumerate(self.load)),
            *self.extra,
        ]
        if self.plan.control:
            return [*moments, (FAULT_S, journal.PhaseStarted(phase=Phase.FAULT))]
        return [*moments, *(self._course() if self.plan.faults else ())]

    def _readings(self) -> list[tuple[float, Entry]]:
        readings = [
            (second, name, says(second)) for name, says in self.says.items() for second in range(int(END_S))
        ]
        return [
            (second + 1.0, Tick(span_s=1.0, end_s=second + 1.0, readings={name: reading}))
            for second, name, reading in readings
            if reading is not None
        ]

    def _course(self) -> list[tuple[float, Entry]]:
        course: list[tuple[float, Entry]] = [
            (FAULT_S, journal.PhaseStarted(phase=Phase.FAULT)),
            (UNDO_S, journal.PhaseStarted(phase=Phase.UNDO)),
            (RECOVERY_S, journal.PhaseStarted(phase=Phase.RECOVERY)),
        ]
        for one in self.plan.faults:
            course += self._course_of(one)
        if self.recovered is not None:
            after_s = {each.name: 0.5 for each in self.plan.slis} | dict(self.recovered)
            course.append((25.0, journal.Recovered(after_s=after_s)))
        return course

    def _course_of(self, one: PlannedFault) -> list[tuple[float, Entry]]:
        target, hit_s = one.targets[0], FAULT_S + one.starts_at_s
        undo = journal.Undo(id=target.id, action=one.action, arguments={}, target=target.target, state={})
        course: list[tuple[float, Entry]] = [
            (hit_s + 0.001, journal.Intended(undos=(undo,))),
            (hit_s + 0.01, journal.Applied(id=target.id, took_s=0.01)),
        ]
        if self.effect_seen is not None:
            course.append((hit_s + 0.02, journal.EffectChecked(id=target.id, seen=self.effect_seen)))
        if self.undo is not None:
            ends_s = min(self.undone_s, FAULT_S + one.ends_at_s + 0.2)
            undone = journal.Undone(id=target.id, result=self.undo, by="runner", attempts=1, took_s=0.2)
            course.append((ends_s, undone))
        return course
