"""Reading a journal: checks the chain, drops a torn last line, parses only what is asked for."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from seatrial.errors import StoreError
from seatrial.journal.entries import Entry, Intended, RunStarted, Undo, Undone, UndoResult
from seatrial.journal.line import HEAD, NO_LINE, Line, encoded, parsed
from seatrial.model.record import Tagged, tag_of

EntryT = TypeVar("EntryT", bound=Tagged)


@dataclass(frozen=True)
class Journal:
    """Every whole line of a journal, in order."""

    path: Path
    raw_lines: Sequence[bytes]
    kinds: Sequence[str]
    """The kind of each line's entry."""
    last_hash: str
    whole_bytes: int
    torn_bytes: int
    """Bytes of a last line that a crash cut short; they are left out."""
    _parsed: dict[int, Line] = field(default_factory=dict, repr=False, compare=False)
    """By index, once it was asked for: what is `extended` begins with the same lines."""

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All of them, parsed."""
        return tuple(self._parse(index) for index in range(len(self.raw_lines)))

    def all(self, kind: type[EntryT]) -> list[EntryT]:
        """Every entry of one kind, in order; nothing else is parsed."""
        return [entry for entry in self.of(kind) if isinstance(entry, kind)]

    def of(self, *kinds: type[Tagged]) -> Iterator[Entry]:
        """Every entry of these kinds, in order."""
        names = {tag_of(kind) for kind in kinds}
        return (self._parse(index).entry for index, name in enumerate(self.kinds) if name in names)

    @cached_property
    def started(self) -> RunStarted:
        """How the run began; raises StoreError where it never got so far."""
        entry = self._parse(0).entry if self.raw_lines else None
        if not isinstance(entry, RunStarted):
            raise StoreError(
                f"{self.path} does not begin with the start of a run", "it was cut off at once; delete it"
            )
        return entry

    @property
    def is_over(self) -> bool:
        """True when its end was written and no fault is open: nobody has anything to do for it any more."""
        return bool(self.kinds) and self.kinds[-1] == "run_ended" and not self.open_undos()

    def open_undos(self) -> list[Undo]:
        """Every fault that may still be there, last injected first."""
        undos: dict[str, Undo] = {}
        for entry in self.of(Intended, Undone):
            if isinstance(entry, Intended):
                undos |= {undo.id: undo for undo in entry.undos}
            elif isinstance(entry, Undone) and entry.result is not UndoResult.FAILED:
                undos.pop(entry.id, None)
        return list(reversed(undos.values()))

    def extended(self, unwritten: Sequence[tuple[float, Entry]]) -> "Journal":
        """With what its writer knows and could not write."""
        lines = [Line(0, t_s, NO_LINE, entry) for t_s, entry in unwritten]
        return replace(
            self,
            raw_lines=[*self.raw_lines, *map(encoded, lines)],
            kinds=[*self.kinds, *(line.entry.kind for line in lines)],
        )

    def again(self) -> "Journal":
        """As it is by now; what was parsed before is not parsed again."""
        now = read_journal(self.path)
        is_same = now.raw_lines[: len(self.raw_lines)] == self.raw_lines
        return replace(now, _parsed=dict(self._parsed)) if is_same else now

    def _parse(self, index: int) -> Line:
        if index not in self._parsed:
            self._parsed[index] = self._read(index)
        return self._parsed[index]

    def _read(self, index: int) -> Line:
        try:
            return parsed(self.raw_lines[index])
        except ValueError as error:
            raise StoreError(
                f"{self.path}:{index + 1} is not a line of a journal: {error}",
                "it was written by another version of Seatrial, or changed by hand",
            ) from None


def read_journal(path: Path) -> Journal:
    """Read a journal and check its chain; raises StoreError naming the line where it is broken."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the journal {path} cannot be read: {error.strerror}") from None
    pieces: list[bytes] = []
    kinds: list[str] = []
    previous, offset = NO_LINE, 0
    while (end := raw.find(b"\n", offset)) >= 0:
        piece = raw[offset : end + 1]
        head = HEAD.match(piece)
        if head is None and raw.find(b"\n", end + 1) < 0:
            break  # the last line, half of it on disk when the power went
        if head is None or int(head["n"]) != len(pieces) or head["prev"].decode() != previous:
            raise StoreError(
                f"{path}:{len(pieces) + 1} does not follow from the line before: "
                "the journal was changed after it was written",
                "do not trust this run's evidence",
            )
        pieces.append(piece)
        kinds.append(head["kind"].decode())
        previous, offset = hashlib.sha256(piece).hexdigest(), end + 1
    return Journal(path, pieces, kinds, previous, offset, len(raw) - offset)
