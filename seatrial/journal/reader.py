"""Reading a journal: checks the chain, drops a torn last line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from seatrial.errors import StoreError
from seatrial.journal.entries import LINE, Entry, Intended, Line, RunStarted, Undo, Undone, UndoResult

NO_LINE: Final = "0" * 64
EntryT = TypeVar("EntryT")


@dataclass(frozen=True)
class Journal:
    """Every whole line of a journal, in order."""

    path: Path
    lines: tuple[Line, ...]
    last_hash: str
    whole_bytes: int
    torn_bytes: int
    """Bytes of a last line that a crash cut short; they are left out."""

    @property
    def entries(self) -> Iterator[Entry]:
        return (line.entry for line in self.lines)

    def all(self, kind: type[EntryT]) -> list[EntryT]:
        """Every entry of one kind, in order."""
        return [entry for entry in self.entries if isinstance(entry, kind)]

    def last(self, kind: type[EntryT]) -> EntryT | None:
        found = self.all(kind)
        return found[-1] if found else None

    @property
    def started(self) -> RunStarted:
        """How the run began; raises StoreError where it never got so far."""
        if not self.lines or not isinstance(self.lines[0].entry, RunStarted):
            raise StoreError(f"{self.path} does not begin with the start of a run", "it was cut off at once; delete it")
        return self.lines[0].entry

    @property
    def began_monotonic_s(self) -> float:
        return self.started.began_monotonic_s

    def open_undos(self) -> list[Undo]:
        """Every fault that may still be there, last injected first."""
        undos = {undo.id: undo for intended in self.all(Intended) for undo in intended.undos}
        for undone in self.all(Undone):
            if undone.result is not UndoResult.FAILED:
                undos.pop(undone.id, None)
        return list(reversed(undos.values()))


def read_journal(path: Path) -> Journal:
    """Read and check a journal; raises StoreError naming the line where the chain is broken."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the journal {path} cannot be read: {error.strerror}") from None
    lines: list[Line] = []
    previous, offset = NO_LINE, 0
    while (end := raw.find(b"\n", offset)) >= 0:
        piece = raw[offset : end + 1]
        line = _parse(piece, path, len(lines))
        if line is None:
            if raw.find(b"\n", end + 1) >= 0:
                raise _broken(path, len(lines))
            break
        if line.prev != previous or line.n != len(lines):
            raise _broken(path, len(lines))
        lines.append(line)
        previous, offset = hashlib.sha256(piece).hexdigest(), end + 1
    return Journal(path, tuple(lines), previous, offset, len(raw) - offset)


def _parse(piece: bytes, path: Path, index: int) -> Line | None:
    """One line; None where it is not even JSON, as a torn write leaves it."""
    try:
        return LINE.validate_json(piece)
    except ValidationError as error:
        if any(problem["type"] == "json_invalid" for problem in error.errors()):
            return None
        first = error.errors()[0]
        raise StoreError(
            f"{path}:{index + 1} is not a line of a journal: {first['msg']} at {'.'.join(map(str, first['loc']))}",
            "it was written by another version of Seatrial, or changed by hand",
        ) from None


def _broken(path: Path, index: int) -> StoreError:
    return StoreError(
        f"{path}:{index + 1} does not follow from the line before: the journal was changed after it was written",
        "do not trust this run's evidence",
    )
