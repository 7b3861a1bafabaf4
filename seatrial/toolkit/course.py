"""The course of a Chaos Toolkit experiment: as the Chaos Toolkit takes it, with rollbacks on every way out.

configuration, secrets ─▶ gate hypothesis ─▶ method (hypothesis beside it) ─▶ hypothesis ─▶ rollbacks

signals, guardian's death, a control, a failing watch ─▶ stop switch ─cancels─▶ all but the rollbacks
"""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Literal

import anyio
import anyio.abc

from seatrial.errors import Refused, SeatrialError
from seatrial.journal.entries import Phase, PhaseStarted, RunEnded, StopKind
from seatrial.journal.reader import read_journal
from seatrial.journal.script_entries import HypothesisChecked, ScriptEnded, Section
from seatrial.journal.writer import JournalWriter
from seatrial.record import RunRecord, record_of
from seatrial.run import halt
from seatrial.run.defect import EvidenceLost, UndoUnproven, first, keep_traceback
from seatrial.run.signals import Signals, held, watch_signals
from seatrial.store import Run
from seatrial.toolkit.hypothesis import Hypothesis
from seatrial.toolkit.method import Method
from seatrial.toolkit.rollbacks import Rollbacks
from seatrial.toolkit.stage import Stage

if TYPE_CHECKING:
    from seatrial.run.runner import Runner
    from seatrial.toolkit.reading import ToolkitFile

_HAND_OVER_S: Final = 10.0
_Status = Literal["completed", "failed", "aborted", "interrupted"]


class ToolkitCourse:
    """One run of one file. `await course.take()` once."""

    def __init__(self, runner: "Runner[ToolkitFile]", run: Run, journal: JournalWriter) -> None:
        assert runner.plan.script is not None
        self._runner = runner
        self._run = run
        self._journal = journal
        self._stop = runner.stop
        self._stop.use_clock(lambda: journal.now_s)
        self._stage = Stage(runner.file, journal, self._stop)
        self._hypothesis = Hypothesis(self._stage, runner.plan.script, journal, self._stop)
        self._rollbacks = Rollbacks(self._stage, runner.plan, journal)
        self._status: _Status = "completed"
        self._deviated = False
        self._verified = True
        self._guardian_is_ready = anyio.Event()

    async def take(self) -> RunRecord:
        """All of it; raises Refused where it cannot begin, SeatrialError for a defect of Seatrial itself."""
        refused: Refused | None = None
        record: RunRecord | None = None
        try:
            async with AsyncExitStack() as stack, anyio.create_task_group() as beside:
                self._journal.append(PhaseStarted(phase=Phase.PREFLIGHT))
                beside.start_soon(self._watch_signals, stack.enter_context(held()))
                try:
                    refused = await self._sequence(stack, beside)
                    if refused is None:
                        record = await self._end()
                finally:
                    await self._part()
                    beside.cancel_scope.cancel()
        except* Exception as errors:  # noqa: BLE001  our own defect; what was done is undone by now
            failure = EvidenceLost if self._verified else UndoUnproven
            raise failure(keep_traceback(errors, self._run), failure.advice.format(self._run.id)) from None
        if refused is not None:
            raise refused
        assert record is not None
        return record

    async def _sequence(self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup) -> Refused | None:
        """Whatever is raised on the way, what was done is taken back before it goes further."""
        try:
            with self._stop.guard():
                try:
                    await self._stage.open(stack, beside)
                except Refused as error:
                    return error
                if self._rollbacks.can_be_needed:
                    beside.start_soon(self._reach_guardian, stack, beside)
                await self._play()
        except* SeatrialError as errors:
            self._stop.turn(StopKind.ERROR, first(errors))
        except* Exception as errors:  # noqa: BLE001  our own defect must not cost the undo
            self._stop.turn(StopKind.ERROR, keep_traceback(errors, self._run))
        finally:
            with anyio.CancelScope(shield=True):
                await self._take_back()
        return None

    async def _play(self) -> None:
        if self._stage.file.has_controls:
            await self._stage.ask(call="begin")
        await self._stage.control("experiment", "before")
        if self._hypothesis.runs(Section.BEFORE) and not await self._gate():
            return
        if self._rollbacks.can_be_needed:
            await self._guardian_is_ready.wait()
        self._journal.append(PhaseStarted(phase=Phase.FAULT))
        await self._rollbacks.intend()
        method = Method(self._stage, self._rollbacks, self._journal)
        async with anyio.create_task_group() as watching:
            if self._hypothesis.runs(Section.DURING):
                watching.start_soon(self._hypothesis.watch)
            await method.run()
            await self._hypothesis.end_watch(watching.cancel_scope)
        self._deviated = self._hypothesis.failures > 0
        if self._hypothesis.runs(Section.AFTER):
            checked = await self._hypothesis.check(Section.AFTER)
            self._deviated = self._deviated or checked.met is not True
            self._status = _status_of(checked)

    async def _gate(self) -> bool:
        """The hypothesis before the method: where it does not hold, nothing is done."""
        self._journal.append(PhaseStarted(phase=Phase.BASELINE))
        checked = await self._hypothesis.check(Section.BEFORE)
        if checked.met is True:
            return True
        self._status = _status_of(checked)
        last = checked.probes[-1]
        how = "is out of its tolerance" if checked.met is False else "could not be judged"
        self._stop.turn(StopKind.BASELINE, f"before the method `{last.name}` {how}: {last.reason}")
        return False

    async def _take_back(self) -> None:
        self._stop.write_down(self._journal.append_if_possible)
        decision = self._stop.decision
        ended_early = decision is not None and decision.why is not StopKind.BASELINE
        if ended_early and decision is not None:
            self._status = "failed" if decision.why is StopKind.GUARD else "interrupted"
        self._verified = not self._rollbacks.intended
        self._verified = await self._rollbacks.play(deviated=self._deviated, ended_early=ended_early)
        for doubt in self._rollbacks.doubtful:
            self._stage.note(doubt)
        self._journal.append_if_possible(
            ScriptEnded(status=self._status, deviated=self._deviated, title=self._stage.facts.title)
        )
        state = {"status": self._status, "deviated": self._deviated}
        await self._stage.control("experiment", "after", state)
        if self._stage.file.has_controls:
            await self._stage.ask(call="finish")

    async def _part(self) -> None:
        """Let the guardian go; where a rollback failed, it tries that again."""
        link = self._rollbacks.guardian
        if link is None:
            return
        with anyio.CancelScope(shield=True):
            if self._verified:
                await link.dismiss()
            else:
                from seatrial.run.undoing import deadline_s

                self._journal.close()
                undos = self._rollbacks.intended.values()
                await link.hand_over(sum(deadline_s(undo) for undo in undos) + _HAND_OVER_S)

    async def _watch_signals(self, signals: Signals) -> None:
        await watch_signals(signals, self._stop, lambda: halt.halted(self._runner.store), self._runner.tell)

    async def _reach_guardian(self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup) -> None:
        """Start it while the hypothesis is checked; without it nothing is done."""
        from seatrial.guardian.link import open_guardian

        file = self._stage.file
        try:
            link = await stack.enter_async_context(
                open_guardian(self._run, [*map(str, file.roots)], file.root.crew_pipe, file.guardian)
            )
        except SeatrialError as error:
            self._lost_guardian(error.message)
            return
        self._journal.append_if_possible(link.ready)
        self._rollbacks.guardian = link
        beside.start_soon(link.keep, self._lost_guardian)
        self._guardian_is_ready.set()

    def _lost_guardian(self, reason: str) -> None:
        self._stop.turn(StopKind.ERROR, f"{reason}: without a guardian nothing may be done")

    async def _end(self) -> RunRecord:
        """Write the verdict as the last line; where a rollback failed, the guardian does both again."""
        self._stop.write_down(self._journal.append_if_possible)
        if not self._verified:
            await self._part()
            return record_of(read_journal(self._run.journal_path))
        read = read_journal(self._run.journal_path).extended(self._journal.unwritten)
        verdict = record_of(read).verdict
        ended = RunEnded(outcome=verdict.outcome, exit_code=verdict.exit_code, summary=verdict.headline)
        at_s = self._journal.now_s
        self._journal.append_if_possible(ended)
        self._journal.sync_if_possible()
        return record_of(read.extended([(at_s, ended)]))


def _status_of(checked: HypothesisChecked) -> _Status:
    """As the Chaos Toolkit calls it: failed where a probe did not even succeed."""
    return "failed" if checked.met is None else "completed"
