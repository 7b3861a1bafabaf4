"""The course of a run: its phases, and everything that goes on beside them.

preflight → baseline → fault, in stages → undo → recovery → verdict

sampler ─readings─▶ guards ─breach─▶ stop switch ─cancels─▶ baseline, injection
signals, guardian's death, load's end ─▶ stop switch          (undo is shielded)
"""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio
import anyio.abc

from seatrial.errors import SeatrialError
from seatrial.journal.entries import (
    GuardBreached,
    Noted,
    Phase,
    PhaseStarted,
    Process,
    ProcessStarted,
    RunEnded,
    StopKind,
)
from seatrial.journal.reader import read_journal
from seatrial.journal.writer import JournalWriter
from seatrial.record import Point, RunRecord, record_of
from seatrial.run import halt
from seatrial.run.board import Board
from seatrial.run.defect import EvidenceLost, UndoUnproven, first, keep_traceback
from seatrial.run.guards import Guards
from seatrial.run.injection import Injector
from seatrial.run.readiness import Readiness, guardians_in_cluster
from seatrial.run.returning import Recovery
from seatrial.run.sampler import Sampler, open_sampler
from seatrial.run.signals import Signals, held, watch_signals
from seatrial.run.spend_guard import SpendGuard, spend_guards
from seatrial.run.taking_back import TakingBack
from seatrial.run.warming import Warming
from seatrial.store import Run
from seatrial.targets.process import identify
from seatrial.verdict.doubt import Window
from seatrial.verdict.judge import judge
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from seatrial.files.experiment_file import ExperimentFile
    from seatrial.load.generator import LoadGenerator
    from seatrial.run.runner import Runner
    from seatrial.telling.teller import Teller


class Course:
    """The phases of one run. `await course.take()` once."""

    def __init__(self, runner: "Runner[ExperimentFile]", run: Run, journal: JournalWriter) -> None:
        self._runner = runner
        self._plan = runner.plan
        self._run = run
        self._journal = journal
        self._stop = runner.stop
        self._stop.use_clock(lambda: journal.now_s)
        self._board = Board()
        self._board.follow(journal)
        self._from_load = [sli.name for sli in runner.plan.slis if sli.from_load]
        in_cluster = guardians_in_cluster(runner.file.experiment, runner.plan, run)
        self._ready = Readiness(run, runner.packs, journal, in_cluster)
        measures = [sli.measure for sli in runner.plan.signals]
        self._warming = Warming(measures, runner.file.pack.reports.values())
        self._guards: list[Guards | SpendGuard] = []
        """The environment's from the beginning, the SLIs' from the first injection."""
        self._load_is_over = False
        self._is_over = False
        self._steady = 0.0, 0.0
        """When the baseline began and was judged."""
        self._back = TakingBack(self._plan, journal, self._stop, self._ready)
        self._sampling = anyio.CancelScope()
        self._teller = self._new_teller()

    async def take(self) -> RunRecord:
        """All phases; raises SeatrialError for a defect of Seatrial itself, with everything undone."""
        record: RunRecord | None = None
        try:
            async with AsyncExitStack() as stack, anyio.create_task_group() as beside:
                self._journal.append(PhaseStarted(phase=Phase.PREFLIGHT))
                if self._teller is not None:
                    beside.start_soon(self._teller.run)
                beside.start_soon(self._watch_signals, stack.enter_context(held()))
                sampler = await stack.enter_async_context(
                    open_sampler(self._runner.file.experiment, self._journal, self._on_reading)
                )
                try:
                    await self._phases(stack, beside, sampler)
                    record = await self._end()
                    if self._teller is not None:
                        await self._teller.finish()
                finally:
                    await self._back.part()
                    beside.cancel_scope.cancel()
        except* Exception as errors:  # noqa: BLE001  our own defect; what was injected is undone by now
            failure = EvidenceLost if self._back.settled else UndoUnproven
            raise failure(keep_traceback(errors, self._run), failure.advice.format(self._run.id)) from None
        assert record is not None
        return record

    async def _phases(self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup, sampler: Sampler) -> None:
        """Whatever is raised on the way, what was injected is undone before it goes further."""
        undone_s = 0.0
        async with AsyncExitStack() as traffic, anyio.create_task_group() as undoing:
            try:
                with self._stop.guard():
                    await self._start_load(traffic, beside, sampler)
                    beside.start_soon(self._sample, sampler)
                    beside.start_soon(self._warming.warm)
                    if self._plan.faults and not self._plan.control:
                        beside.start_soon(self._ready.reach, stack, beside, self._lost_guardian)
                    if await self._baseline():
                        await self._fault(undoing)
            except* SeatrialError as errors:
                self._stop.turn(StopKind.ERROR, first(errors))
            except* Exception as errors:  # noqa: BLE001  our own defect must not cost the undo
                self._stop.turn(StopKind.ERROR, keep_traceback(errors, self._run))
            finally:
                with anyio.CancelScope(shield=True):
                    undone_s = await self._back.undo()
                    self._guards.clear()
            if self._back.verified:
                await self._recovery(undone_s)
            self._load_is_over = True
        if self._back.verified and self._back.taken:
            self._sampling.cancel()
            await self._back.lift()

    # --- beside the phases -------------------------------------------------------------------

    async def _watch_signals(self, signals: Signals) -> None:
        await watch_signals(signals, self._stop, lambda: halt.halted(self._runner.store), self._runner.tell)

    def _new_teller(self) -> "Teller | None":
        telling = self._runner.file.experiment.tell
        if telling is None:
            return None
        from seatrial.telling.teller import teller_of

        read = read_journal(self._run.journal_path)
        teller = teller_of(telling, read.started, self._not_told, read.lines)
        self._journal.watch(teller.take)
        return teller

    def _not_told(self, why: str) -> None:
        """After the end nothing can be written down any more."""
        if self._is_over:
            self._runner.tell(why)
        else:
            self._journal.append_if_possible(Noted(text=why))

    def _lost_guardian(self, reason: str) -> None:
        self._stop.turn(StopKind.ERROR, f"{reason}: without a guardian nothing may be injected")

    async def _sample(self, sampler: Sampler) -> None:
        try:
            with self._sampling:
                await sampler.run()
        except* SeatrialError as errors:
            self._stop.turn(StopKind.ERROR, first(errors))

    async def _start_load(
        self, traffic: AsyncExitStack, beside: anyio.abc.TaskGroup, sampler: Sampler
    ) -> None:
        load = self._runner.file.experiment.load
        if load is None:
            return
        from seatrial.load.generator import LoadGenerator

        generator = LoadGenerator(load, run_folder=self._run.folder, seed=self._plan.seed)
        await traffic.enter_async_context(generator)
        process = Process.of(identify(generator.group_id))
        self._journal.append(ProcessStarted(role="load", process=process))
        beside.start_soon(self._follow_load, generator, sampler)
        await anyio.sleep(load.warm_up)

    async def _follow_load(self, generator: "LoadGenerator", sampler: Sampler) -> None:
        try:
            async for second in generator.seconds():
                if self._load_is_over:
                    return  # the rest of a second that was cut short by the end of the load
                end_s = generator.end_monotonic_s(second) - self._journal.began_monotonic_s
                sampler.take_load(second, end_s)
        except SeatrialError as error:
            self._stop.turn(StopKind.ENVIRONMENT, error.message)

    def _on_reading(self, sli: str, point: Point) -> None:
        self._board.put(sli, point)
        if self._journal.lost:
            self._stop.turn(StopKind.ERROR, self._journal.lost[0])
        if self._stop.decision is not None:
            return
        looks = (guards.look(sli, point.reading, self._journal.now_s) for guards in self._guards)
        breach = next((breach for breach in looks if breach is not None), None)
        if breach is not None:
            why = StopKind.ENVIRONMENT if breach.of_environment else StopKind.GUARD
            self._stop.turn(why, f"guard `{breach.guard}`: {breach.reason}")
            entry = GuardBreached(guard=breach.guard, sli=breach.sli, reason=breach.reason)
            self._journal.append_if_possible(entry)

    # --- phases ------------------------------------------------------------------------------

    async def _baseline(self) -> bool:
        """Watch the steady state; False, with the switch turned, when it did not hold."""
        self._journal.append(PhaseStarted(phase=Phase.BASELINE))
        begin_s = self._journal.now_s
        self._guards.append(Guards(self._plan, self._plan.requires, {}, begin_s))
        await anyio.sleep(self._plan.baseline_s)
        await self._warming.can_judge()
        if self._plan.faults and not self._plan.control:
            await self._ready.wait()
        await self._board.wait_for_whole_seconds(self._from_load, begin_s, self._plan.baseline_s)
        # From here to the first entry of the fault nothing may wait: what is judged is all of the baseline.
        self._steady = begin_s, self._journal.now_s
        for sli in self._plan.signals:
            seen = Window(self._board.since(sli.name, begin_s))
            decision = judge(sli, sli.objective, seen, seen)
            if decision.status is not Status.HELD:
                text = f"{sli.name} `{sli.objective.text}` did not hold in the baseline: {decision.reason}"
                self._stop.turn(StopKind.BASELINE, text)
                # At once: a reading that is written before it would be judged too, ever after.
                self._stop.write_down(self._journal.append_if_possible)
                return False
        return True

    async def _fault(self, undoing: anyio.abc.TaskGroup) -> None:
        if not self._plan.faults:
            return
        if self._plan.control:
            await self._leave_alone()
            return
        link, crew, undoer = self._ready.reached()
        self._back.injector = Injector(
            plan=self._plan,
            run_id=self._run.id,
            crew=crew,
            guardian=link,
            journal=self._journal,
            stop=self._stop,
            undoer=undoer,
            undoing=undoing,
            fence=self._ready.fence,
        )
        self._arm_guards()
        self._journal.append(PhaseStarted(phase=Phase.FAULT))
        if await self._back.injector.take_precautions():
            await self._back.injector.run()

    def _arm_guards(self) -> None:
        baseline = {sli.name: self._board.since(sli.name, self._steady[0]) for sli in self._plan.slis}
        self._guards.append(Guards(self._plan, self._plan.slis, baseline, self._journal.now_s))
        self._guards += spend_guards(self._plan, baseline)

    async def _leave_alone(self) -> None:
        """An A/A run: the fault's window and its guards, and no fault."""
        self._arm_guards()
        self._journal.append(PhaseStarted(phase=Phase.FAULT))
        begin_s = self._journal.now_s
        await anyio.sleep(self._plan.fault_s)
        await self._board.wait_for_whole_seconds(self._from_load, begin_s, self._plan.fault_s)

    async def _recovery(self, undone_s: float) -> None:
        undoer = self._ready.undoer
        if self._back.hit and undoer is not None:
            after = Recovery(self._plan, self._board, undoer, self._journal, self._stop, self._steady)
            await after.wait(self._back.killed, undone_s)

    async def _end(self) -> RunRecord:
        """Write the verdict's summary as the last line; where undo failed, the guardian does both again."""
        self._stop.write_down(self._journal.append_if_possible)
        if not self._back.settled:
            await self._back.part()
            return record_of(read_journal(self._run.journal_path))
        self._journal.sync_if_possible()
        verdict = self._record().verdict
        ended = RunEnded(outcome=verdict.outcome, exit_code=verdict.exit_code, summary=verdict.headline)
        self._is_over = True
        self._journal.append_if_possible(ended)
        self._journal.sync_if_possible()
        return self._record()

    def _record(self) -> RunRecord:
        """From the journal, and from what the disk did not take any more."""
        return record_of(read_journal(self._run.journal_path).extended(self._journal.unwritten))
