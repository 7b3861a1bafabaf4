"""Plots: everything that a template needs to draw one, in per cent of the width and pixels of the height."""

from collections.abc import Sequence
from typing import Final

import msgspec

from seatrial.view import text
from seatrial.view.axis import Scale
from seatrial.view.curve import COLUMNS, Sample, path, stretches
from seatrial.view.scene import Mark, Scene, Stretch, Tick
from seatrial.view.strip import Run

HEIGHT_PX: Final = 150
"""Of the area with the curves."""
STRIP_HEIGHT_PX: Final = 34


class Level(msgspec.Struct, frozen=True):
    """A height that means something: an objective, the baseline."""

    at: float
    width: float
    y: float
    """Pixels from the top of the curves' area."""
    kind: str
    label: str
    is_label_above: bool


class Curve(msgspec.Struct, frozen=True):
    """One line; `kind` (`a`, `b`, `c`) is its colour and its place in the legend."""

    label: str
    kind: str
    d: str


class Plot(msgspec.Struct, frozen=True):
    """One plot, ready to be drawn."""

    id: str
    title: str
    description: str
    """The picture in words, for those who cannot see it."""
    scene: Scene
    curves: tuple[Curve, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    levels: tuple[Level, ...] = ()
    unknown: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()
    runs: tuple[Run, ...] = ()
    """Of a strip of states, which is drawn in place of curves."""
    note: str = ""
    height: int = HEIGHT_PX


def curve(scene: Scene, scale: Scale, samples: Sequence[Sample], label: str, kind: str) -> Curve:
    """Samples as a line, each in the middle of its stretch of time."""

    def points(stretch: list[Sample]) -> list[tuple[float, float]]:
        return [
            ((s.begin_s + s.end_s) / 2 / scene.duration_s * COLUMNS, 100 - scale.place(s.value))
            for s in stretch
            if s.value is not None
        ]

    return Curve(label, kind, path(points(stretch) for stretch in stretches(samples)))


def y_of(scale: Scale, value: float) -> float:
    """Pixels from the top of the curves' area."""
    return round(HEIGHT_PX * (1 - scale.place(value) / 100), 1)


def is_above(y: float, *, preferred: bool) -> bool:
    """Whether a level's label stands above its line: below the lowest there is only the axis."""
    return preferred or y > HEIGHT_PX - 16


def y_ticks(scale: Scale, unit: str) -> tuple[Tick, ...]:
    """Labelled heights."""
    return tuple(Tick(y_of(scale, value), text.in_unit(value, unit)) for value in scale.ticks())
