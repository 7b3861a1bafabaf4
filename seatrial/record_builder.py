"""From the lines of a journal to the record of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatchmethod

from seatrial.journal import entries as journal
from seatrial.journal import script_entries as script
from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.entries import Phase
from seatrial.journal.reader import Journal
from seatrial.journal.tick import Tick
from seatrial.load.second import LoadSecond
from seatrial.model.units import format_duration
from seatrial.plan.plan import PlannedFault, named
from seatrial.record import Event, FaultRecord, PhaseSpan, Point, RunRecord, SliSeries


@dataclass
class _Course:
    """How one fault on one target went."""

    intended_s: float | None = None
    applied_s: float | None = None
    apply_took_s: float | None = None
    failure: str = ""
    effect_seen: bool | None = None
    undone_s: float | None = None
    undo: journal.Undone | None = None


class RecordBuilder:
    """Reads the lines once, in order."""

    def __init__(self, read: Journal) -> None:
        self._read = read
        self._started = read.started
        self._phases: list[tuple[Phase, float]] = []
        self._points: dict[str, list[Point]] = {sli.name: [] for sli in self._started.plan.signals}
        self._load: list[tuple[float, LoadSecond]] = []
        self._courses: dict[str, _Course] = {}
        self._breaches: list[tuple[float, journal.GuardBreached]] = []
        self._stop: tuple[float, journal.Stopped] | None = None
        self._taken_over: list[tuple[float, journal.TakenOver]] = []
        self._recovered: journal.Recovered | None = None
        self._performed: list[tuple[float, script.Performed]] = []
        self._checks: list[tuple[float, script.HypothesisChecked]] = []
        self._script_ended: script.ScriptEnded | None = None
        self._undo_began_s: float | None = None
        self._undo_ended_s: float | None = None
        self._alerts: list[tuple[float, AlertSeen]] = []
        self._events: list[Event] = []
        self._ended: journal.RunEnded | None = None
        self._notes: list[str] = []
        self._last_s = 0.0

    def build(self) -> RunRecord:
        take = self._take  # once: to look a method of many kinds up takes longer than what it does
        for line in self._read.lines:
            self._last_s = line.t_s
            take(line.entry, line.t_s)
        plan = self._started.plan
        return RunRecord(
            run_id=self._started.run_id,
            plan=plan,
            started=self._started,
            phases=self._spans(),
            slis=tuple(SliSeries(sli, tuple(self._points[sli.name])) for sli in plan.slis),
            requires=tuple(SliSeries(sli, tuple(self._points[sli.name])) for sli in plan.requires),
            load=tuple(self._load),
            faults=self._courses_of(plan.faults),
            precautions=self._courses_of(plan.precautions),
            breaches=tuple(self._breaches),
            stop=self._stop,
            taken_over=tuple(self._taken_over),
            recovered=self._recovered,
            performed=tuple(self._performed),
            checks=tuple(self._checks),
            script_ended=self._script_ended,
            undo_began_s=self._undo_began_s,
            undo_ended_s=self._undo_ended_s,
            alerts=tuple(self._alerts),
            events=tuple(self._events),
            ended=self._ended,
            torn_bytes=self._read.torn_bytes,
            notes=tuple(self._notes),
        )

    def _last_end_s(self) -> float:
        """A baseline that was stopped ends there, as the runner judged it, not with the journal."""
        if self._stop is not None and self._phases and self._phases[-1][0] is Phase.BASELINE:
            return self._stop[0]
        return self._last_s

    def _spans(self) -> tuple[PhaseSpan, ...]:
        ends = [begin for _, begin in self._phases[1:]] + [self._last_end_s()]
        return tuple(
            PhaseSpan(phase, begin, end) for (phase, begin), end in zip(self._phases, ends, strict=True)
        )

    def _courses_of(self, faults: Sequence[PlannedFault]) -> tuple[FaultRecord, ...]:
        return tuple(
            FaultRecord(fault=fault, planned=target, **vars(self._courses.get(target.id, _Course())))
            for fault in faults
            for target in fault.targets
        )

    def _course(self, undo_id: str) -> _Course:
        return self._courses.setdefault(undo_id, _Course())

    def _tell(self, t_s: float, entry: journal.Entry, text: str) -> None:
        self._events.append(Event(t_s, entry.kind, text))

    def _label(self, undo_id: str) -> str:
        fault, planned = self._started.plan.planned(undo_id)
        return named(fault.action, planned.target)

    @singledispatchmethod
    def _take(self, entry: journal.Entry, t_s: float) -> None:
        """Entries that only the runner and rollback need."""

    @_take.register
    def _(self, entry: journal.RunStarted, t_s: float) -> None:
        self._tell(t_s, entry, f"run began: {entry.plan.title}")

    @_take.register
    def _(self, entry: journal.GuardianReady, t_s: float) -> None:
        self._tell(t_s, entry, f"guardian ready, pid {entry.guardian.pid}")

    @_take.register
    def _(self, entry: journal.ClusterGuardianReady, t_s: float) -> None:
        self._tell(t_s, entry, f"guardians ready in the cluster, Lease {entry.namespace}/{entry.lease}")

    @_take.register
    def _(self, entry: journal.PhaseStarted, t_s: float) -> None:
        self._phases.append((entry.phase, t_s))
        self._tell(t_s, entry, f"{entry.phase} began")

    @_take.register
    def _(self, entry: Tick, t_s: float) -> None:
        for name, reading in entry.readings.items():
            self._points[name].append(Point(entry.end_s - entry.span_s, entry.end_s, reading))

    @_take.register
    def _(self, entry: journal.Loaded, t_s: float) -> None:
        self._load.append((t_s, entry.second))

    @_take.register
    def _(self, entry: journal.StageStarted, t_s: float) -> None:
        fault = self._started.plan.fault(entry.fault)
        count = fault.stages[entry.stage]
        self._tell(t_s, entry, f"{fault.action}: stage {entry.stage + 1} of {len(fault.stages)}, {count} hit")

    @_take.register
    def _(self, entry: journal.Intended, t_s: float) -> None:
        for undo in entry.undos:
            self._course(undo.id).intended_s = t_s

    @_take.register
    def _(self, entry: journal.Applied, t_s: float) -> None:
        course = self._course(entry.id)
        course.applied_s, course.apply_took_s = t_s, entry.took_s
        self._tell(t_s, entry, f"injected {self._label(entry.id)}")

    @_take.register
    def _(self, entry: journal.ApplyFailed, t_s: float) -> None:
        self._course(entry.id).failure = entry.reason
        self._tell(t_s, entry, f"could not inject {self._label(entry.id)}: {entry.reason}")

    @_take.register
    def _(self, entry: journal.EffectChecked, t_s: float) -> None:
        self._course(entry.id).effect_seen = entry.seen
        if entry.seen is False:
            self._tell(
                t_s, entry, f"no effect seen of {self._label(entry.id)}: {entry.reason or 'it did not bite'}"
            )

    @_take.register
    def _(self, entry: journal.GuardBreached, t_s: float) -> None:
        self._breaches.append((t_s, entry))
        self._tell(t_s, entry, f"guard `{entry.guard}` broke: {entry.reason}")

    @_take.register
    def _(self, entry: journal.Stopped, t_s: float) -> None:
        self._stop = self._stop or (t_s, entry)
        self._tell(t_s, entry, f"stopped ({entry.why}): {entry.reason}")

    @_take.register
    def _(self, entry: journal.TakenOver, t_s: float) -> None:
        self._taken_over.append((t_s, entry))
        self._tell(t_s, entry, f"{entry.by} took over: {entry.reason}")

    @_take.register
    def _(self, entry: journal.UndoStarted, t_s: float) -> None:
        if self._undo_began_s is None:
            self._undo_began_s = t_s
        self._tell(t_s, entry, f"undo of {len(entry.ids)} began")

    @_take.register
    def _(self, entry: journal.Undone, t_s: float) -> None:
        course = self._course(entry.id)
        course.undone_s, course.undo = t_s, entry
        is_fault = self._started.plan.planned(entry.id)[0].lifting is None
        if is_fault and (not self._phases or self._phases[-1][0] is not Phase.RECOVERY):
            self._undo_ended_s = t_s
        reason = f": {entry.reason}" if entry.reason else ""
        what = f"{entry.result} {self._label(entry.id)} in {format_duration(entry.took_s)}"
        self._tell(t_s, entry, f"undo by {entry.by}: {what}{reason}")

    @_take.register
    def _(self, entry: journal.Recovered, t_s: float) -> None:
        self._recovered = entry
        late = [name for name, after_s in entry.took_s().items() if after_s is None]
        self._tell(t_s, entry, f"not recovered: {', '.join(late)}" if late else "recovered")

    @_take.register
    def _(self, entry: script.Performed, t_s: float) -> None:
        self._performed.append((t_s, entry))
        activity = entry.run.get("activity")
        name = activity.get("name") if isinstance(activity, dict) else entry.index
        reason = f": {entry.reason}" if entry.reason else ""
        self._tell(t_s, entry, f"{entry.section} `{name}` {entry.run.get('status')}{reason}")

    @_take.register
    def _(self, entry: script.HypothesisChecked, t_s: float) -> None:
        self._checks.append((t_s, entry))
        word = {True: "met", False: "NOT met", None: "unknown"}[entry.met]
        self._tell(t_s, entry, f"hypothesis {entry.section} the method: {word}")

    @_take.register
    def _(self, entry: script.ScriptEnded, t_s: float) -> None:
        self._script_ended = entry

    @_take.register
    def _(self, entry: AlertSeen, t_s: float) -> None:
        self._alerts.append((t_s, entry))
        reason = f": {entry.reason}" if entry.reason else ""
        name = self._started.plan.alerts[entry.alert].alert
        self._tell(t_s, entry, f"alert {name} is {entry.state}{reason}")

    @_take.register
    def _(self, entry: journal.Noted, t_s: float) -> None:
        self._notes.append(entry.text)
        self._tell(t_s, entry, entry.text)

    @_take.register
    def _(self, entry: journal.RunEnded, t_s: float) -> None:
        self._ended = entry
        self._tell(t_s, entry, f"run ended: {entry.summary}")
