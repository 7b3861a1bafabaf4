"""The runner: takes a plan through its phases, and puts everything back whatever happens.

    preflight → baseline → fault, in stages → undo → recovery → verdict

    sampler ─readings─▶ guards ─breach─▶ stop switch ─cancels─▶ baseline, injection
    signals, guardian's death, load's end ─▶ stop switch          (undo is shielded)
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio

from seatrial.crew.crew import Crew, open_crew
from seatrial.errors import Refused, SeatrialError
from seatrial.guardian.link import GuardianLink, open_guardian
from seatrial.journal.entries import (
    GuardBreached,
    GuardianReady,
    Phase,
    PhaseStarted,
    Process,
    ProcessStarted,
    Recovered,
    RunEnded,
    StopKind,
    Undo,
)
from seatrial.journal.reader import read_journal
from seatrial.journal.writer import JournalWriter, Watcher
from seatrial.plan.plan import Plan
from seatrial.record import Point, RunRecord, record_of
from seatrial.run import halt, locks
from seatrial.run.guards import Guards
from seatrial.run.injection import Injector
from seatrial.run.recovery import recovered_at
from seatrial.run.sampler import Sampler, open_sampler
from seatrial.run.signals import watch_signals
from seatrial.run.start import run_started
from seatrial.run.stop import StopSwitch
from seatrial.run.undoing import Undoer
from seatrial.store import Run, Store
from seatrial.targets.process import identify
from seatrial.verdict.judge import judge
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from seatrial.files.experiment_file import ExperimentFile
    from seatrial.load.generator import LoadGenerator

_RETURN_EVERY_S: Final = 0.5
_WHOLE_SECONDS_WITHIN_S: Final = 2.5
Tell = Callable[[str], None]


@dataclass
class Runner:
    """One run of one plan. `await runner.run()` once."""

    file: "ExperimentFile"
    plan: Plan
    store: Store
    watch: Watcher
    """Called with every entry of the journal: progress is a function of it."""
    tell: Tell
    """Called with sentences for the person at the terminal."""
    stop: StopSwitch = field(default_factory=StopSwitch)

    async def run(self) -> RunRecord:
        """Run to the end; raises Refused or StoreError where nothing was touched."""
        refuse(self.plan)
        halt.refuse_when_halted(self.store)
        run = self.store.new_run(self.plan.title)
        targets = [planned.target for fault in self.plan.faults for planned in fault.targets]
        try:
            journal = JournalWriter.create(run.journal_path, self.file.secrets)
            journal.watch(self.watch)
            journal.append(run_started(run, self.plan, self.file.pack, journal))
            locks.acquire(targets, run)
        except SeatrialError:
            _discard(run)
            raise
        try:
            record = await _Course(self, run, journal).take()
        finally:
            journal.close()
        if not record.open_faults:
            locks.release(targets, run)
        return record


def refuse(plan: Plan) -> None:
    """Raises Refused with every reason why this plan may not run."""
    if plan.refusals:
        raise Refused("; ".join(plan.refusals), "nothing was touched; `seatrial plan` shows the whole plan")


def _discard(run: Run) -> None:
    """A run that was refused leaves nothing behind."""
    import shutil

    shutil.rmtree(run.folder, ignore_errors=True)


class _Course:
    """The phases of one run, with everything that runs beside them."""

    def __init__(self, runner: Runner, run: Run, journal: JournalWriter) -> None:
        self._runner = runner
        self._plan = runner.plan
        self._run = run
        self._journal = journal
        self._stop = runner.stop
        self._stop.use_clock(lambda: journal.now_s)
        self._points: defaultdict[str, list[Point]] = defaultdict(list)
        self._news = anyio.Event()
        self._guards: Guards | None = None
        self._injector: Injector

    async def take(self) -> RunRecord:
        async with AsyncExitStack() as stack:
            link, crew_pipe = await stack.enter_async_context(open_guardian(self._run, self._runner.file.pack.roots))
            self._journal.append(PhaseStarted(phase=Phase.PREFLIGHT), GuardianReady(guardian=link.process))
            crew = await stack.enter_async_context(open_crew(self._runner.file.pack.roots, [crew_pipe]))
            sampler = await stack.enter_async_context(
                open_sampler(self._runner.file.experiment, self._journal, self._on_reading)
            )
            undoer = Undoer(crew, self._journal, "runner")
            self._injector = self._make_injector(crew, link, undoer)
            async with anyio.create_task_group() as beside:
                beside.start_soon(self._watch_signals)
                beside.start_soon(link.keep, self._guardian_died)
                await self._phases(beside, sampler, undoer)
                beside.cancel_scope.cancel()
            record = self._end()
            await link.dismiss()
            return record

    def _make_injector(self, crew: Crew, link: GuardianLink, undoer: Undoer) -> Injector:
        actions = self._runner.file.pack.actions
        timeouts_s = {fault.action: actions[fault.action].timeout_s for fault in self._plan.faults}
        return Injector(self._plan, self._run.id, crew, link, self._journal, self._stop, undoer, timeouts_s)

    async def _phases(self, beside: anyio.abc.TaskGroup, sampler: Sampler, undoer: Undoer) -> None:
        """Whatever is raised on the way, what was injected is undone before it goes further."""
        async with AsyncExitStack() as stack:
            try:
                with self._stop.guard():
                    await self._start_load(stack, beside, sampler)
                    beside.start_soon(self._sample, sampler)
                    if await self._baseline():
                        await self._fault()
            except* SeatrialError as errors:
                self._stop.turn(StopKind.ERROR, _first(errors))
            finally:
                with anyio.CancelScope(shield=True):
                    undone_s = await self._undo(undoer)
            await self._recovery(undoer, undone_s)

    # --- beside the phases -------------------------------------------------------------------

    async def _watch_signals(self) -> None:
        await watch_signals(self._stop, lambda: halt.halted(self._runner.store), self._runner.tell)

    def _guardian_died(self, reason: str) -> None:
        self._stop.turn(StopKind.ERROR, f"{reason}: without it nothing may stay injected")

    async def _sample(self, sampler: Sampler) -> None:
        try:
            await sampler.run()
        except* SeatrialError as errors:
            self._stop.turn(StopKind.ERROR, _first(errors))

    async def _start_load(self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup, sampler: Sampler) -> None:
        load = self._runner.file.experiment.load
        if load is None:
            return
        from seatrial.load.generator import LoadGenerator

        generator = LoadGenerator(load, run_folder=self._run.folder, seed=self._plan.seed)
        await stack.enter_async_context(generator)
        process = Process.model_validate(identify(generator.group_id)._asdict())
        self._journal.append(ProcessStarted(role="load", process=process))
        beside.start_soon(self._follow_load, generator, sampler)

    async def _follow_load(self, generator: "LoadGenerator", sampler: Sampler) -> None:
        try:
            async for second in generator.seconds():
                began_s = self._journal.began_monotonic_s
                sampler.take_load(second, generator.end_monotonic_s(second) - began_s)
        except SeatrialError as error:
            self._stop.turn(StopKind.ENVIRONMENT, error.message)

    def _on_reading(self, sli: str, point: Point) -> None:
        self._points[sli].append(point)
        self._news.set()
        self._news = anyio.Event()
        if self._guards is None:
            return
        breach = self._guards.look(sli, point.reading, self._journal.now_s)
        if breach is None or self._stop.decision is not None:
            return
        why = StopKind.ENVIRONMENT if breach.blind else StopKind.GUARD
        self._stop.turn(why, f"guard `{breach.guard}`: {breach.reason}")
        self._journal.append_if_possible(GuardBreached(guard=breach.guard, sli=breach.sli, reason=breach.reason))

    # --- phases ------------------------------------------------------------------------------

    async def _baseline(self) -> bool:
        """Watch the steady state; False, with the switch turned, when it did not hold."""
        self._journal.append(PhaseStarted(phase=Phase.BASELINE))
        begin_s = self._journal.now_s
        await anyio.sleep(self._plan.baseline_s)
        await self._wait_for_readings(begin_s)
        for sli in self._plan.slis:
            readings = [p.reading for p in self._points[sli.name] if p.begin_s >= begin_s - 1e-3]
            decision = judge(sli, sli.objective, readings, readings)
            if decision.status is not Status.HELD:
                text = f"{sli.name} `{sli.objective.text}` did not hold in the baseline: {decision.reason}"
                self._stop.turn(StopKind.BASELINE, text)
                return False
        return True

    async def _wait_for_readings(self, begin_s: float) -> None:
        """Load is told in whole seconds, a little after their end: wait until as many as planned are there."""
        with anyio.move_on_after(_WHOLE_SECONDS_WITHIN_S):
            while any(self._seen_s(sli.name, begin_s) < self._plan.baseline_s for sli in self._plan.slis if sli.from_load):
                await self._news.wait()

    def _seen_s(self, sli: str, begin_s: float) -> float:
        """How much of the time since then the readings of an SLI cover."""
        points = [p for p in self._points[sli] if p.begin_s >= begin_s - 1e-3]
        return points[-1].t_s - points[0].begin_s + 1e-3 if points else 0.0

    async def _fault(self) -> None:
        if not self._plan.faults:
            return
        baseline = {sli.name: [p.reading for p in self._points[sli.name]] for sli in self._plan.slis}
        self._guards = Guards(self._plan, baseline, self._journal.now_s)
        self._journal.append(PhaseStarted(phase=Phase.FAULT))
        await self._injector.run()

    async def _undo(self, undoer: Undoer) -> float:
        """Take back what is still there, newest first; returns when that was done."""
        if self._stop.decision is not None:
            self._journal.append_if_possible(self._stop.decision)
        decided_s = self._stop.decided_s if self._stop.decision else self._journal.now_s
        reversible = [undo for undo in self._injector.injected.newest_first() if not self._is_irreversible(undo)]
        if self._injector.injected.undos:
            self._journal.append_if_possible(PhaseStarted(phase=Phase.UNDO))
        await undoer.undo_all(reversible, decided_s)
        self._guards = None
        return self._journal.now_s

    def _is_irreversible(self, undo: Undo) -> bool:
        return self._plan.planned(undo.id)[0].irreversible

    async def _recovery(self, undoer: Undoer, undone_s: float) -> None:
        """Wait until every SLI is back and stays, and every killed process has its successor."""
        killed = [undo for undo in self._injector.injected.undos if self._is_irreversible(undo)]
        was_hit = bool(self._injector.injected.undos)
        interrupted = self._stop.decision is not None and self._stop.decision.why in (
            StopKind.INTERRUPT,
            StopKind.HALT,
        )
        if was_hit and not interrupted:
            self._journal.append_if_possible(PhaseStarted(phase=Phase.RECOVERY))
            with self._recovery_scope() as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._await_return, undoer, killed, undone_s)
                    await self._await_slis(undone_s)
            self._stop.waiting = None
            if not scope.cancelled_caught or anyio.current_time() >= scope.deadline:
                self._journal.append_if_possible(Recovered(after_s=self._recovered_after_s(undone_s)))
        with anyio.CancelScope(shield=True):
            undoer.give_up(await undoer.check_returned(killed, undone_s), undone_s)

    def _recovery_scope(self) -> anyio.CancelScope:
        """Ends in time, and at a signal that comes now."""
        within = anyio.CancelScope(deadline=anyio.current_time() + self._plan.recovery_s + self._plan.settle_s)
        self._stop.waiting = within
        return within if self._stop.decision is not None else self._stop.watch(within)

    async def _await_slis(self, undone_s: float) -> None:
        while any(after_s is None for after_s in self._recovered_after_s(undone_s).values()):
            await self._news.wait()

    def _recovered_after_s(self, undone_s: float) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for sli in self._plan.slis:
            at_s = recovered_at(sli, self._points[sli.name], undone_s, self._plan.settle_s)
            in_time = at_s is not None and at_s - undone_s <= self._plan.recovery_s
            found[sli.name] = round(max(0.0, at_s - undone_s), 3) if in_time and at_s is not None else None
        return found

    async def _await_return(self, undoer: Undoer, killed: list[Undo], undone_s: float) -> None:
        while killed:
            missing = await undoer.check_returned(killed, undone_s)
            killed[:] = missing
            await anyio.sleep(_RETURN_EVERY_S)

    def _end(self) -> RunRecord:
        """Write the verdict's summary as the last line."""
        self._journal.sync_if_possible()
        verdict = record_of(read_journal(self._run.journal_path)).verdict
        self._journal.append_if_possible(
            RunEnded(outcome=verdict.outcome, exit_code=verdict.exit_code, summary=verdict.headline)
        )
        self._journal.sync_if_possible()
        return record_of(read_journal(self._run.journal_path))


def _first(errors: BaseExceptionGroup[SeatrialError]) -> str:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


