"""Journals of runs that never were: written by the real writer, on a clock of their own.

plan + world + story ──▶ what happens when ──▶ JournalWriter ──▶ journal.jsonl
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from seatrial.journal import entries as journal
from seatrial.journal.entries import Entry, Phase, StopKind, UndoResult
from seatrial.journal.tick import Tick
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Plan, PlannedFault, PlannedTarget
from seatrial.testing.made_up_plan import made_up_plan
from seatrial.testing.made_up_world import Weather, World

APPLY_S: Final = 0.004
UNDO_S: Final = 0.35
"""How long undo takes in all."""
_CLOCK_AT_START: Final = 5000.0
_RUNNER: Final = journal.Process(pid=4001, start_ticks=870_000, boot_id="made-up-boot")
_GUARDIAN: Final = journal.Process(pid=4002, start_ticks=870_010, boot_id="made-up-boot")
_FUSE: Final = journal.Process(pid=4003, start_ticks=870_011, boot_id="made-up-boot")


class Story(StrEnum):
    """How a made-up run goes."""

    PASSED = "passed"
    FAILED = "failed"
    """Errors and latency beyond what the hypothesis allows, yet within the guards."""
    GUARD = "stopped by a guard"
    BLIND = "blind"
    """The probes see nothing for half of the fault window, and the load generator is at its limit."""
    NO_BASELINE = "no baseline"
    """The steady state does not hold, so nothing is injected."""
    UNDO_INCOMPLETE = "undo incomplete"
    INTERRUPTED = "interrupted"
    DIED = "died"
    """The runner is killed under the fault; the guardian undoes, and nothing is seen any more."""


def make_journal(
    folder: Path,
    *,
    minutes: float = 2.0,
    slis: int = 5,
    seed: int = 1,
    outcome: Story = Story.PASSED,
    per_s: int = 50,
    words: str = "",
) -> Path:
    """Write the journal of a plausible run and return its path.

    `words`: a text that then stands wherever words of a user, a target or an error can stand.
    """
    plan = made_up_plan(run_s=minutes * 60, slis=slis, seed=seed, per_s=per_s, words=words)
    run = _Run(plan, World(seed, per_s, words), outcome, words)
    path = folder / "journal.jsonl"
    now = [_CLOCK_AT_START]
    writer = JournalWriter.create(path, clock=lambda: now[0])
    try:
        for t_s, entries in sorted(run.moments(), key=lambda moment: moment[0]):
            now[0] = _CLOCK_AT_START + t_s
            writer.append(*entries)
    finally:
        writer.close()
    return path


Moment = tuple[float, tuple[Entry, ...]]


@dataclass
class _Run:
    plan: Plan
    world: World
    story: Story
    words: str
    hit: list[tuple[PlannedFault, PlannedTarget, float]] = field(default_factory=list)
    """What is injected, and when."""

    def moments(self) -> Iterator[Moment]:
        """Everything that is written, each with its time; not in order."""
        yield 0.0, (self._started(), journal.GuardianReady(guardian=_GUARDIAN, fuse=_FUSE))
        yield 0.05, (journal.PhaseStarted(phase=Phase.PREFLIGHT),)
        yield 0.9, (journal.PhaseStarted(phase=Phase.BASELINE),)
        yield from self._seconds()
        if self.story is Story.NO_BASELINE:
            yield from self._refused_by_baseline()
            return
        yield self.fault_s, (journal.PhaseStarted(phase=Phase.FAULT),)
        yield from self._injections()
        yield from self._stop()
        yield from self._undo()
        yield from self._recovery()

    @property
    def fault_s(self) -> float:
        return 0.9 + self.plan.baseline_s

    @property
    def planned_end_s(self) -> float:
        return self.fault_s + self.plan.fault_s

    @property
    def undo_s(self) -> float:
        """When undo begins."""
        early = {Story.GUARD: 0.62, Story.INTERRUPTED: 0.4, Story.DIED: 0.7}.get(self.story, 1.0)
        return self.fault_s + self.plan.fault_s * early

    @property
    def healed_s(self) -> float:
        return self.undo_s + UNDO_S

    @property
    def end_s(self) -> float:
        if self.story is Story.NO_BASELINE:
            return self.fault_s
        if self.story in (Story.DIED, Story.INTERRUPTED):
            return self.healed_s
        return self.healed_s + self.plan.recovery_s

    def _seconds(self) -> Iterator[Moment]:
        last_s = self.undo_s if self.story is Story.DIED else self.end_s
        for second in range(int(last_s)):
            end_s = second + 1.0
            weather = self._weather(end_s)
            load = self.world.load(second, weather)
            readings = {sli.name: self.world.read(sli, load, weather) for sli in self.plan.slis}
            tick = Tick(span_s=1.0, end_s=end_s, readings=readings)
            if end_s > 1.0:
                yield end_s + 0.21, (journal.Loaded(second=load), tick)

    def _weather(self, t_s: float) -> Weather:
        if self.story is Story.NO_BASELINE:
            return Weather(slowdown=4.0, failing_share=0.04)
        since_s, healing_s = t_s - self.fault_s, t_s - self.healed_s
        if since_s <= 0 or healing_s > 6:
            return Weather()
        if healing_s > 0:
            return Weather(slowdown=1.1, failing_share=0.001)
        return self._weather_of_the_fault(second_half=since_s > self.plan.fault_s / 2)

    def _weather_of_the_fault(self, *, second_half: bool) -> Weather:
        if self.story is Story.FAILED:
            return Weather(3.1 if second_half else 1.4, 0.03 if second_half else 0.004)
        if self.story is Story.GUARD:
            return Weather(6.0 if second_half else 1.3, 0.35 if second_half else 0.002, unhealthy=second_half)
        if self.story is Story.BLIND and second_half:
            return Weather(blind=f"connection refused {self.words}".strip(), choking=True)
        return Weather(slowdown=1.35 if second_half else 1.2, failing_share=0.001)

    def _started(self) -> journal.RunStarted:
        return journal.RunStarted(
            run_id="20260921T141500-the-shop-keeps-its-promises",
            plan=self.plan,
            runner=_RUNNER,
            began_at="2026-09-21T14:15:00+00:00",
            began_monotonic_s=_CLOCK_AT_START,
            versions={"seatrial": "0.1.0", "python": "3.11.9", "locust": "2.47.0"},
            host={"hostname": f"staging-7 {self.words}".strip(), "kernel": "Linux 6.12", "cores": "2"},
            packs=("seatrial/_pack",),
        )

    def _injections(self) -> Iterator[Moment]:
        for fault in self.plan.faults:
            each_s = fault.hold_s / len(fault.stages)
            for stage in range(len(fault.stages)):
                t_s = self.fault_s + fault.starts_at_s + each_s * stage + 0.05
                if t_s < self.undo_s:
                    yield t_s, (journal.StageStarted(fault=fault.index, stage=stage),)
                    new = [target for target in fault.targets if target.stage == stage]
                    yield from self._inject(fault, new, t_s)

    def _inject(self, fault: PlannedFault, targets: list[PlannedTarget], t_s: float) -> Iterator[Moment]:
        undos = tuple(
            journal.Undo(id=t.id, action=fault.action, arguments=fault.arguments, target=t.target, state={})
            for t in targets
        )
        yield t_s + 0.002, (journal.Intended(undos=undos),)
        for target in targets:
            self.hit.append((fault, target, t_s))
            yield t_s + 0.01, (journal.Applied(id=target.id, took_s=APPLY_S),)
            yield t_s + 0.05, (journal.EffectChecked(id=target.id, seen=True),)

    def _stop(self) -> Iterator[Moment]:
        if self.story is Story.GUARD:
            guard = self.plan.guards[0]
            reason = f"35 % of 210 events were bad since the injection {self.words}".strip()
            breach = journal.GuardBreached(guard=guard.text, sli=guard.sli, reason=reason)
            stop = journal.Stopped(why=StopKind.GUARD, reason=f"the guard `{guard.text}` broke: {reason}")
            yield self.undo_s - 0.02, (breach, stop)
        if self.story is Story.INTERRUPTED:
            yield self.undo_s - 0.02, (journal.Stopped(why=StopKind.INTERRUPT, reason="SIGINT (Ctrl-C)"),)
        if self.story is Story.DIED:
            reason = "the runner (pid 4001) is gone"
            yield self.undo_s - 0.02, (journal.TakenOver(by="guardian", process=_GUARDIAN, reason=reason),)

    def _undo(self) -> Iterator[Moment]:
        if self.story is not Story.DIED:
            yield self.undo_s, (journal.PhaseStarted(phase=Phase.UNDO),)
        ids = tuple(target.id for _, target, _ in reversed(self.hit))
        yield self.undo_s + 0.001, (journal.UndoStarted(ids=ids),)
        for number, undo_id in enumerate(ids):
            took_s = UNDO_S * (number + 1) / len(ids)
            yield self.undo_s + took_s, (self._undone(undo_id, number, took_s),)

    def _undone(self, undo_id: str, number: int, took_s: float) -> journal.Undone:
        lost = self.story is Story.UNDO_INCOMPLETE and number == 1
        return journal.Undone(
            id=undo_id,
            result=UndoResult.FAILED if lost else UndoResult.RESTORED,
            by="guardian" if self.story is Story.DIED else "runner",
            attempts=5 if lost else 1,
            took_s=took_s,
            reason=f"still stopped after SIGCONT: permission denied {self.words}".strip() if lost else "",
        )

    def _recovery(self) -> Iterator[Moment]:
        if self.story is Story.DIED:
            yield self.healed_s + 0.1, (self._ended("failed", 1, "the guardian undid everything"),)
            return
        if self.story is Story.INTERRUPTED:
            yield self.healed_s + 0.1, (self._ended("interrupted", 130, "everything undone"),)
            return
        yield self.healed_s, (journal.PhaseStarted(phase=Phase.RECOVERY),)
        after_s: dict[str, float | None] = {
            sli.name: round(0.6 + 0.3 * n, 2) for n, sli in enumerate(self.plan.slis)
        }
        if self.story is Story.UNDO_INCOMPLETE:
            after_s[self.plan.slis[0].name] = None
        yield self.end_s - 1, (journal.Recovered(after_s=after_s),)
        if self.words:
            yield self.end_s - 0.5, (journal.Noted(text=self.words),)
        code = {Story.PASSED: 0, Story.BLIND: 4, Story.UNDO_INCOMPLETE: 5}.get(self.story, 1)
        yield self.end_s, (self._ended(str(self.story), code, "the end"),)

    def _refused_by_baseline(self) -> Iterator[Moment]:
        reason = "availability was 96 % where at least 99.5 % is asked"
        yield self.fault_s - 0.02, (journal.Stopped(why=StopKind.BASELINE, reason=reason),)
        yield self.fault_s + 0.1, (self._ended("inconclusive", 4, "the baseline did not hold"),)

    def _ended(self, outcome: str, exit_code: int, summary: str) -> journal.RunEnded:
        return journal.RunEnded(outcome=outcome, exit_code=exit_code, summary=summary)
