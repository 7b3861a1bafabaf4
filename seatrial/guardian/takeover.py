"""Finishing what a runner began: end it, its workers and its load, undo, verify, write the end.

    SIGKILL the runner ─▶ wait for its workers' end ─▶ end the load ─▶ undo, verify ─▶ write ─▶ unlock
"""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import Final

import anyio
import anyio.to_thread

from seatrial.crew.crew import Crew
from seatrial.errors import StoreError
from seatrial.files.variables import secret_values
from seatrial.journal.entries import (
    Process,
    ProcessStarted,
    RunEnded,
    RunStarted,
    Stopped,
    StopKind,
    TakenOver,
    Undo,
)
from seatrial.journal.ledger import Ledger, LostLedger
from seatrial.journal.reader import Journal, read_journal
from seatrial.journal.writer import JournalWriter
from seatrial.record import record_of
from seatrial.run import locks
from seatrial.run.undoing import By, Undoer
from seatrial.store import Run
from seatrial.targets.process import Identity, kill_group, start_ticks, this_process, wait_until_gone

_CREW_GONE_S: Final = 5.0
_RUNNER_ENDS_S: Final = 0.3
RETURN_WITHIN_S: Final = 10.0
"""How long killed targets are given to come back before that is written down."""


async def take_over(run: Run, crew: Crew, crew_pipe: int, armed: Sequence[Undo], reason: str, runner: int) -> bool:
    """Do all of it; True when every fault is verified to be gone. `armed`: what the runner told, newest first."""
    _end_runner(run, runner)
    await anyio.to_thread.run_sync(_wait_for_end, crew_pipe, _CREW_GONE_S)
    ledger: Ledger
    journal: Journal | None
    try:
        ledger, journal = await anyio.to_thread.run_sync(lambda: open_ledger(run, wait=True))
    except (OSError, StoreError) as error:
        print(f"seatrial guardian: {error}; undoing from memory", file=sys.stderr)
        ledger, journal = LostLedger(), None
    try:
        return await finish(run, crew, ledger, journal, armed, reason, "guardian")
    finally:
        ledger.close()


def open_ledger(run: Run, *, wait: bool = False) -> tuple[JournalWriter, Journal]:
    """Own the journal of a run whose writer is gone; raises BlockingIOError, OSError, StoreError."""
    ledger = JournalWriter.take_over(run.journal_path, wait=wait)
    journal = read_journal(run.journal_path)
    ledger.hide(secret_values(dict(journal.started.plan.experiment), os.environ))
    return ledger, journal


async def finish(
    run: Run, crew: Crew, ledger: Ledger, journal: Journal | None, armed: Sequence[Undo], reason: str, by: By
) -> bool:
    """Undo what is open and write the end; the part that guardian and rollback share."""
    decided_s = ledger.now_s
    open_undos = journal.open_undos() if journal is not None else list(armed)
    me = Process.model_validate(this_process()._asdict())
    assert by != "runner"
    ledger.append_if_possible(TakenOver(by=by, process=me, reason=reason))
    if journal is not None:
        _end_load(journal)
        if not journal.all(Stopped) and by == "guardian":
            ledger.append_if_possible(Stopped(why=StopKind.ERROR, reason=reason))
    started = journal.started if journal is not None else None
    killed = [undo for undo in open_undos if _is_irreversible(undo, started)]
    undoer = Undoer(crew, ledger, by)
    verified = await undoer.undo_all([undo for undo in open_undos if undo not in killed], decided_s)
    await _await_return(undoer, killed, ledger)
    _write_end(run, ledger, verified)
    if started is not None and verified:
        locks.release([planned.target for fault in started.plan.faults for planned in fault.targets], run)
    return verified


async def _await_return(undoer: Undoer, killed: list[Undo], ledger: Ledger) -> None:
    """Killed targets come back by their own supervisor, or that is written down."""
    ended_s = ledger.now_s
    with anyio.move_on_after(RETURN_WITHIN_S):
        while killed := await undoer.check_returned(killed, ended_s):
            await anyio.sleep(0.25)
    undoer.give_up(killed, ended_s)


def _is_irreversible(undo: Undo, started: RunStarted | None) -> bool:
    return started is not None and started.plan.planned(undo.id)[0].irreversible


def _write_end(run: Run, ledger: Ledger, verified: bool) -> None:
    """The verdict of what there is; a journal that cannot be written has been told on stderr."""
    try:
        verdict = record_of(read_journal(run.journal_path)).verdict
    except StoreError:
        return
    code = verdict.exit_code if verified else 5
    ledger.append_if_possible(RunEnded(outcome=verdict.outcome, exit_code=code, summary=verdict.headline))
    ledger.sync_if_possible()


def _end_runner(run: Run, runner: int) -> None:
    """A runner that hangs must not come back and inject; one that is stopped holds the journal's lock.

    One that is just ending by itself is given a moment to do so.
    """
    try:
        known = read_journal(run.journal_path).started.runner
    except StoreError:
        return
    if known.pid != runner or start_ticks(known.pid) != known.start_ticks:
        return
    if not wait_until_gone(known.pid, _RUNNER_ENDS_S):
        with contextlib.suppress(ProcessLookupError):
            os.kill(known.pid, signal.SIGKILL)


def _wait_for_end(crew_pipe: int, timeout_s: float) -> None:
    """Until the last process that holds the other end is gone."""
    select.select([crew_pipe], [], [], timeout_s)


def _end_load(journal: Journal) -> None:
    for entry in journal.all(ProcessStarted):
        kill_group(Identity(**entry.process.model_dump()))
