"""Undo by hand: what a run left when neither its runner nor its guardian could finish."""

from dataclasses import dataclass

from seatrial.crew.crew import open_crew
from seatrial.errors import Refused, StoreError
from seatrial.guardian.takeover import TakeOver, open_ledger
from seatrial.journal.entries import Undone, UndoResult
from seatrial.journal.reader import read_journal
from seatrial.plan.plan import named
from seatrial.store import Run

_WORDS = {
    UndoResult.RESTORED: "restored",
    UndoResult.ALREADY: "was as before already",
    UndoResult.FOREIGN: "left alone, somebody else has changed it since",
    UndoResult.EXPIRES: "left to end by itself",
    UndoResult.NOT_BACK: "killed, and not brought back by its supervisor",
    UndoResult.FAILED: "could not be undone",
}


@dataclass(frozen=True)
class RollbackReport:
    """What one rollback found and did."""

    summary: str
    lines: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    """Faults that may still be there; empty when all is well."""


async def roll_back(run: Run) -> RollbackReport:
    """Finish a run; raises Refused while somebody else is at it, StoreError for an unreadable journal."""
    try:
        ledger, journal = open_ledger(run)
    except BlockingIOError:
        raise Refused(
            f"run {run.id} is being finished by another process", "wait for it, then look again"
        ) from None
    except OSError as error:
        raise StoreError(f"the journal of {run.id} cannot be opened: {error.strerror}") from None
    try:
        open_undos = journal.open_undos()
        if not open_undos and run.ended() is not None:
            return RollbackReport("nothing is left of it")
        async with open_crew(journal.started.packs) as crew:
            reason = "`seatrial rollback` was called"
            await TakeOver(run, crew, ledger, journal, "rollback", reason).finish()
        done = [entry for entry in read_journal(run.journal_path).all(Undone) if entry.by == "rollback"]
    finally:
        ledger.close()
    labels = {undo.id: named(undo.action, undo.target) for undo in open_undos}
    latest = {entry.id: entry for entry in done}
    told = {undo_id: _line(label, latest.get(undo_id)) for undo_id, label in labels.items()}
    remaining = tuple(told[i] for i in told if i not in latest or latest[i].result is UndoResult.FAILED)
    lines = tuple(line for line in told.values() if line not in remaining)
    return RollbackReport(f"{len(lines)} of {len(labels)} settled", lines, remaining)


def _line(label: str, entry: Undone | None) -> str:
    return f"{label}: {'nothing is known of it' if entry is None else in_words(entry)}"


def in_words(undone: Undone) -> str:
    """What became of a fault."""
    reason = f" ({undone.reason})" if undone.reason else ""
    return f"{_WORDS[undone.result]}{reason}"
