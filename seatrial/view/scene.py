"""What lies behind every plot of a run: phases, faults, moments.

It is the same behind every curve, so that curves can be compared by eye. Horizontal places are per cent of
the width, so that a plot can be as wide as it likes without its text growing or shrinking with it.
"""

from functools import cached_property
from typing import Final

import msgspec

from seatrial.record import RunRecord
from seatrial.view import text
from seatrial.view.axis import time_ticks
from seatrial.view.curve import Band
from seatrial.view.faults import FaultView, faults_of

LABEL_FROM: Final = 13.0
"""A stretch narrower than this many per cent has no room for its name."""
LEAST_WIDTH: Final = 0.1
"""What lasts is seen, however short it was."""
FAULT_ROWS_MAX: Final = 4


class Tick(msgspec.Struct, frozen=True):
    """A labelled place on an axis: per cent of the width, or pixels from the top."""

    at: float
    label: str


class Stretch(msgspec.Struct, frozen=True):
    """Something that lasts: per cent of the width, from its beginning."""

    at: float
    width: float
    kind: str
    label: str
    title: str
    row: int = 0

    @property
    def has_room(self) -> bool:
        return self.width >= LABEL_FROM


class Mark(msgspec.Struct, frozen=True):
    """A moment, in per cent of the width."""

    at: float
    kind: str
    label: str
    title: str


class Scene(msgspec.Struct, frozen=True, dict=True):
    """The stage on which every curve of one run is drawn."""

    record: RunRecord

    @cached_property
    def duration_s(self) -> float:
        return self.record.duration_s or 1.0

    def at(self, t_s: float) -> float:
        """Per cent of the width."""
        return round(100 * min(max(t_s / self.duration_s, 0.0), 1.0), 3)

    def width(self, begin_s: float, end_s: float) -> float:
        """Per cent of the width that a stretch of time takes."""
        return max(round(self.at(end_s) - self.at(begin_s), 3), LEAST_WIDTH)

    @cached_property
    def ticks(self) -> list[Tick]:
        return [Tick(self.at(t_s), text.clock(t_s)) for t_s in time_ticks(self.duration_s)]

    @cached_property
    def phases(self) -> list[Stretch]:
        return [
            Stretch(
                at=self.at(span.begin_s),
                width=self.width(span.begin_s, span.end_s),
                kind=span.phase.value,
                label=span.phase.value,
                title=_from_to(span.phase.value, span.begin_s, span.end_s),
            )
            for span in self.record.phases
            if span.end_s > span.begin_s
        ]

    @cached_property
    def faults(self) -> list[Stretch]:
        """Each fault from its first injection to its last undo; beyond some rows, they share the last."""
        held = [fault for fault in faults_of(self.record) if fault.held_s is not None]
        return [self._fault(fault, min(row, FAULT_ROWS_MAX - 1)) for row, fault in enumerate(held)]

    def _fault(self, fault: FaultView, row: int) -> Stretch:
        assert fault.held_s is not None
        label = f"{fault.name} on {text.counted(len(fault.hit), 'target')}"
        return Stretch(
            at=self.at(fault.held_s[0]),
            width=self.width(*fault.held_s),
            kind="fault",
            label=label,
            title=_from_to(label, *fault.held_s),
            row=row,
        )

    @cached_property
    def fault_rows(self) -> int:
        return max((fault.row + 1 for fault in self.faults), default=0)

    def marks(self, sli: str | None = None) -> list[Mark]:
        """Breaches of guards (of one SLI, or of all), the stop and a takeover."""
        marks = [
            Mark(self.at(t_s), "guard", "guard", f"guard {breach.guard} broke: {breach.reason}")
            for t_s, breach in self.record.breaches
            if sli is None or breach.sli == sli
        ]
        if self.record.stop is not None and not marks:
            t_s, stop = self.record.stop
            marks.append(Mark(self.at(t_s), "stop", "stop", f"stopped ({stop.why}): {stop.reason}"))
        for t_s, taken in self.record.taken_over:
            marks.append(Mark(self.at(t_s), "stop", taken.by, f"{taken.by} took over: {taken.reason}"))
        return marks

    def unknown(self, bands: list[Band]) -> list[Stretch]:
        """Stretches in which nobody can say."""
        return [
            Stretch(
                at=self.at(band.begin_s),
                width=self.width(band.begin_s, band.end_s),
                kind="unknown",
                label="unknown",
                title=_from_to("unknown", band.begin_s, band.end_s),
            )
            for band in bands
        ]


def _from_to(what: str, begin_s: float, end_s: float) -> str:
    return f"{what}: {text.clock(begin_s, tenths=True)} to {text.clock(end_s, tenths=True)}"
