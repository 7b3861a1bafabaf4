"""A line of the journal file: an entry, its place, and its link to the line before."""

import re
from typing import Final

import msgspec
from msgspec import structs

from seatrial.journal.entries import Entry
from seatrial.journal.tick import Tick
from seatrial.model.record import read_json, write_json

NO_LINE: Final = "0" * 64
"""What the first line links to."""
HEAD: Final = re.compile(
    rb'^\{"n":(?P<n>\d+),"t_s":(?P<t_s>[-+.\de]+),"prev":"(?P<prev>[0-9a-f]{64})",'
    rb'"entry":(?=\{"kind":"(?P<kind>\w+)")'
)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the journal file."""

    n: int
    """0, 1, 2 and so on without a gap."""
    t_s: float
    prev: str
    """SHA-256 of the whole line before; 64 zeros for the first."""
    entry: Entry


def encoded(line: Line) -> bytes:
    """As it stands in the file."""
    if isinstance(line.entry, Tick):
        line = structs.replace(line, entry=line.entry.on_disk())
    return write_json(line) + b"\n"


def parsed(raw: bytes) -> Line:
    """Raises ValueError where it is no line, or its entry none that there is."""
    line: Line = read_json(raw, Line)
    if isinstance(line.entry, Tick):
        return structs.replace(line, entry=line.entry.from_disk())
    return line
