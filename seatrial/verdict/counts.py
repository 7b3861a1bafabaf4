"""Bad events of all events, and the shape in which a window of them arrives."""

from collections.abc import Sequence
from typing import NamedTuple

Second = tuple[int, int] | None
"""(bad, total) of one reading, by default one second; None: nothing could be seen."""

UNSEEN_SHARE_MAX = 1 / 3
"""With a larger share of the readings unknown, nothing is said to have held."""


class Counts(NamedTuple):
    """Bad events of all events. Floats, for a design effect makes them fewer."""

    bad: float
    total: float

    @property
    def share(self) -> float:
        """The bad share, 0 to 1; of no events, 0."""
        return self.bad / self.total if self.total else 0.0

    def over(self, deff: float) -> "Counts":
        """As many events as these are worth when they come in bursts."""
        return Counts(self.bad / deff, self.total / deff)


def total_of(seconds: Sequence[Second]) -> Counts:
    """The sum over a window; ValueError where a second counts more bad events than events."""
    bad = total = 0
    for second in seconds:
        if second is None:
            continue
        if not 0 <= second[0] <= second[1]:
            raise ValueError(f"{second[0]} bad of {second[1]} events")
        bad += second[0]
        total += second[1]
    return Counts(bad, total)


def share_unseen(readings: Sequence[object]) -> float:
    """The share of readings that are None; of no readings at all, 1."""
    return sum(one is None for one in readings) / len(readings) if readings else 1.0
