"""The run's story, line by line; where hundreds of lines say the same of many targets, shortened."""

from itertools import groupby
from typing import Final

from seatrial.record import Event, RunRecord
from seatrial.view.text import clock

ALIKE_MAX: Final = 12
"""So many events of one kind in a row are told one by one; of more, the first few."""
_FIRST: Final = 4
LOUD: Final = frozenset({"guard_breached", "stopped", "taken_over", "apply_failed"})
"""Kinds that a reader looks for."""


def events_of(record: RunRecord) -> list[Event]:
    """What happened, in order; what is left out is counted where it was."""
    found: list[Event] = []
    for kind, group in groupby(record.events, key=lambda event: event.kind):
        events = list(group)
        if len(events) <= ALIKE_MAX or kind in LOUD:
            found.extend(events)
            continue
        left_out = events[_FIRST:]
        text = f"… and {len(left_out):,} more of this kind, until {clock(left_out[-1].t_s, tenths=True)}"
        found.extend([*events[:_FIRST], Event(left_out[0].t_s, kind, text)])
    return found
