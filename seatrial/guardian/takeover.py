"""Finishing what a runner began: end it, its workers and its load, undo, verify, write the end.

SIGKILL the runner ─▶ wait for its workers' end ─▶ end the load ─▶ undo, verify ─▶ write ─▶ unlock
"""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import anyio
import anyio.to_thread

from seatrial.crew import session
from seatrial.crew.crew import Crew
from seatrial.errors import StoreError
from seatrial.files.variables import secret_values
from seatrial.journal.entries import Process, ProcessStarted, RunEnded, StopKind, Stopped, TakenOver, Undo
from seatrial.journal.ledger import Ledger, LostLedger
from seatrial.journal.reader import Journal, read_journal
from seatrial.journal.writer import JournalWriter
from seatrial.record import record_of
from seatrial.run import locks
from seatrial.run.lifting import Lifter
from seatrial.run.undoing import Undoer
from seatrial.store import Run
from seatrial.targets.process import Identity, kill_group, start_ticks, this_process, wait_until_gone
from seatrial.telling.teller import tell_the_end

_CREW_GONE_S: Final = 5.0
_RUNNER_ENDS_S: Final = 0.3
_RETURN_WITHIN_S: Final = 10.0
"""How long killed targets are given to come back before that is written down."""
_RETURN_EVERY_S: Final = 0.25


@dataclass
class TakeOver:
    """The end of a run whose runner is gone; the guardian and `seatrial rollback` do the same."""

    run: Run
    crew: Crew
    ledger: Ledger
    journal: Journal | None
    """None where it cannot be read."""
    by: Literal["guardian", "rollback"]
    reason: str

    async def finish(self, armed: Sequence[Undo] = ()) -> bool:
        """Undo what is open and write the end; True when every fault is verified to be gone.

        `armed`: what is known of injections without the journal, newest first.
        """
        decided_s = self.ledger.now_s
        me = Process.of(this_process())
        self.ledger.append_if_possible(TakenOver(by=self.by, process=me, reason=self.reason))
        open_undos = list(armed) if self.journal is None else self.journal.open_undos()
        if self.journal is not None:
            self._end_load(self.journal)
        taken = [undo for undo in open_undos if undo.lifting is not None]
        killed = [undo for undo in open_undos if self._is_irreversible(undo)]
        undoer = Undoer(self.crew, self.ledger, self.by)
        verified = await undoer.undo_all([u for u in open_undos if u not in taken + killed], decided_s)
        await self._await_return(undoer, killed)
        # Whoever calls for a rollback is there to see what is left, and does not wait for it.
        lifter = Lifter(self.crew, self.ledger, undoer)
        lifted = await lifter.lift(taken, wait=self.by == "guardian", now=not verified)
        verified = verified and lifted
        await self._write_end(verified=verified)
        if self.journal is not None and verified:
            faults = self.journal.started.plan.faults
            locks.release([planned.target for fault in faults for planned in fault.targets], self.run)
        return verified

    def _end_load(self, journal: Journal) -> None:
        for entry in journal.all(ProcessStarted):
            if kill_group(Identity(**entry.process.model_dump())):
                session.kill(entry.process.pid)
        if self.by == "guardian" and not journal.all(Stopped):
            self.ledger.append_if_possible(Stopped(why=StopKind.ERROR, reason=self.reason))

    def _is_irreversible(self, undo: Undo) -> bool:
        return self.journal is not None and self.journal.started.plan.planned(undo.id)[0].irreversible

    async def _await_return(self, undoer: Undoer, killed: list[Undo]) -> None:
        """Killed targets come back by their own supervisor, or that is written down."""
        ended_s = self.ledger.now_s
        give_up_s = ended_s + _RETURN_WITHIN_S
        while (killed := await undoer.check_returned(killed, ended_s)) and self.ledger.now_s < give_up_s:
            await anyio.sleep(_RETURN_EVERY_S)
        undoer.give_up(killed, ended_s)

    async def _write_end(self, *, verified: bool) -> None:
        """The verdict of what there is; a journal that cannot be read has been told of already."""
        with contextlib.suppress(StoreError):
            verdict = record_of(read_journal(self.run.journal_path)).verdict
            code = verdict.exit_code if verified else 5
            ended = RunEnded(outcome=verdict.outcome, exit_code=code, summary=verdict.headline)
            self.ledger.append_if_possible(ended)
            self.ledger.sync_if_possible()
            await tell_the_end(read_journal(self.run.journal_path), self._not_told)

    @staticmethod
    def _not_told(why: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody may be there to read it
            sys.stderr.write(f"seatrial: {why}\n")


def open_ledger(run: Run, *, wait: bool = False) -> tuple[JournalWriter, Journal]:
    """Own the journal of a run whose writer is gone; raises BlockingIOError, OSError, StoreError."""
    ledger = JournalWriter.take_over(run.journal_path, wait=wait)
    journal = read_journal(run.journal_path)
    ledger.hide(secret_values(dict(journal.started.plan.experiment), os.environ))
    return ledger, journal


async def own_or_remember(run: Run) -> tuple[Ledger, Journal | None]:
    """The journal, once its writer is gone; where the disk is gone too, a ledger that only tells stderr."""
    try:
        return await anyio.to_thread.run_sync(lambda: open_ledger(run, wait=True))
    except (OSError, StoreError):
        return LostLedger(), None


def end_runner(runner: Identity) -> None:
    """End a runner that hangs: it must not come back and inject, and it holds the journal's lock.

    One that is just ending by itself is given a moment to do so.
    """
    if start_ticks(runner.pid) != runner.start_ticks or wait_until_gone(runner.pid, _RUNNER_ENDS_S):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(runner.pid, signal.SIGKILL)


def wait_for_crew(crew_pipe: int) -> None:
    """Until the last worker of the runner is gone: it holds the other end of this pipe."""
    select.select([crew_pipe], [], [], _CREW_GONE_S)
