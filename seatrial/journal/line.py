"""A line of the journal file: an entry, its place, and its link to the line before."""

from typing import Final

from pydantic import TypeAdapter

from seatrial.journal.entries import Entry
from seatrial.model.base import Model

NO_LINE: Final = "0" * 64
"""What the first line links to."""


class Line(Model):
    """One line of the journal file."""

    n: int
    """0, 1, 2 and so on without a gap."""
    t_s: float
    prev: str
    """SHA-256 of the whole line before; 64 zeros for the first."""
    entry: Entry


LINE: TypeAdapter[Line] = TypeAdapter(Line)
