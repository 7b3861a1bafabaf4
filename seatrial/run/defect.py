"""A defect of Seatrial itself in the midst of a run: kept for whoever mends it, told in a sentence."""

import contextlib
from typing import ClassVar

from seatrial.errors import SeatrialError
from seatrial.store import Run


class EvidenceLost(SeatrialError):
    """Everything is undone, but what was seen cannot be told any more."""

    exit_code = 4
    advice: ClassVar[str] = "every fault was undone; nothing is proven by this run"


class UndoUnproven(SeatrialError):
    """Something may still be there, and nobody can tell."""

    exit_code = 5
    advice: ClassVar[str] = "finish the undo: `seatrial rollback {}`, then look at the targets yourself"


def keep_traceback(errors: BaseExceptionGroup[Exception], run: Run) -> str:
    """Write a defect's traceback beside the journal, for whoever mends it; the sentence for the user."""
    import traceback

    path = run.folder / "crash.txt"
    with contextlib.suppress(OSError):
        path.write_text("".join(traceback.format_exception(errors)))
    return f"Seatrial itself failed: {first(errors)}; the traceback is in {path}"


def first(errors: BaseExceptionGroup[Exception]) -> str:
    """What the innermost of them says."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
