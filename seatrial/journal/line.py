"""A line of the journal file: an entry, its place, and its link to the line before."""

import re
from typing import Final, get_args

import msgspec

from seatrial.journal.entries import Entry
from seatrial.model.record import Tagged

NO_LINE: Final = "0" * 64
"""What the first line links to."""
HEAD: Final = re.compile(
    rb'^\{"n":(?P<n>\d+),"t_s":(?P<t_s>[-+.\de]+),"prev":"(?P<prev>[0-9a-f]{64})",'
    rb'"entry":(?=\{"kind":"(?P<kind>\w+)")'
)


class Line(msgspec.Struct, frozen=True):
    """One line of the journal file."""

    n: int
    """0, 1, 2 and so on without a gap."""
    t_s: float
    prev: str
    """SHA-256 of the whole line before; 64 zeros for the first."""
    entry: Entry


def encoded(line: Line) -> bytes:
    """As it stands in the file."""
    head = f'{{"n":{line.n},"t_s":{line.t_s!r},"prev":"{line.prev}","entry":'
    return f"{head}{line.entry.model_dump_json()}}}\n".encode()


def parsed(raw: bytes) -> Line:
    """Raises ValueError where it is no line, or its entry none of that kind."""
    head = HEAD.match(raw)
    kind = _KINDS.get(head["kind"].decode()) if head is not None else None
    body = raw.rstrip(b"\n")
    if head is None or kind is None or not body.endswith(b"}"):
        raise ValueError("no line of a journal")
    entry = kind.model_validate_json(body[head.end() : -1])
    return Line(int(head["n"]), float(head["t_s"]), head["prev"].decode(), entry)


def kind_of(entry: type[Tagged]) -> str:
    """By which a line tells what its entry is."""
    return str(entry.__struct_config__.tag)


_KINDS: Final = {kind_of(entry): entry for entry in get_args(Entry)}
