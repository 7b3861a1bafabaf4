"""Readings with requests that had not ended: what they add to a window of counts."""

from collections import deque
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from seatrial.reading import Latency, Ratio, Reading
from seatrial.verdict.counts import Second
from seatrial.verdict.crossings import STEADY, Crossings, Usual

if TYPE_CHECKING:
    from seatrial.durations import Durations

_LAST = 2
"""Readings at the end of a window: the last one may have seen the undo."""
_CHANCE = 3.0


def usual_of(baseline: Iterable[Reading]) -> Usual:
    """What was in flight in a baseline, and how many requests an arrival made."""
    known = [reading for reading in baseline if isinstance(reading, Ratio | Latency)]
    if not known:
        return STEADY
    latencies = [reading for reading in known if isinstance(reading, Latency)]
    arrivals = sum(reading.arrivals for reading in latencies)
    ended = sum(reading.durations.total for reading in latencies)
    from statistics import median  # of whose imports no run of a Chaos Toolkit file has any use

    return Usual(
        waiting=median(reading.waiting for reading in known),
        per_arrival=max(1.0, ended / arrivals) if arrivals else 1.0,
        arrivals=median(reading.arrivals for reading in latencies) if latencies else 0.0,
    )


def by_crossing(
    readings: Sequence[Reading], threshold_ms: float, usual: Usual
) -> tuple[list["Durations | None"], int]:
    """The durations of each reading, those beyond the threshold where they crossed it, not where they ended.

    None where a reading is unknown or nothing was decided in it. Those that had not ended count as just above
    the threshold; how many these are is returned too.
    """
    crossings = Crossings(threshold_ms, usual)
    found: list[Durations | None] = []
    owed: deque[tuple[int, int]] = deque()
    for number, reading in enumerate(readings):
        found.append(reading.durations if isinstance(reading, Latency) else None)
        if not isinstance(reading, Latency):
            continue
        late = cross(reading, threshold_ms, crossings)[0] - reading.durations.above(threshold_ms)
        if late > 0:
            owed.append((number, late))
        elif late < 0:
            found[number] = _give_back(found, reading.durations, -late, owed)
    for number, count in owed:
        found[number] = _known(found[number]).plus_above(threshold_ms, count)
    return [one if one is not None and one.total else None for one in found], crossings.unfinished


def _give_back(
    found: "list[Durations | None]", ended: "Durations", count: int, owed: deque[tuple[int, int]]
) -> "Durations":
    """Move the longest to the readings in which they had crossed, the longest to the earliest; the rest."""
    while count:
        number, wanted = owed.popleft()
        moved = min(count, wanted)
        ended, longest = ended.split_longest(moved)
        found[number] = ended.sum([_known(found[number]), longest])
        if wanted > moved:
            owed.appendleft((number, wanted - moved))
        count -= moved
    return ended


def _known(durations: "Durations | None") -> "Durations":
    assert durations is not None, "only a reading that is known owes anything"
    return durations


def cross(reading: Latency, threshold_ms: float, crossings: Crossings) -> tuple[int, int]:
    """(bad, total) of one reading, in its turn."""
    durations = reading.durations
    return crossings.update(durations.above(threshold_ms), durations.total, reading.waiting, reading.arrivals)


def ratio_seconds(readings: Sequence[Reading]) -> list[Second]:
    """(bad, total) of each reading; None where it is unknown, or nothing ended."""
    return [(r.bad, r.total) if isinstance(r, Ratio) and r.total else None for r in readings]


def unanswered(readings: Sequence[Reading], usual: Usual) -> int:
    """How many more requests than usual waited for an answer at the end of a window, for over a second."""
    last = [reading.waiting for reading in readings if isinstance(reading, Ratio)][-_LAST:]
    return max(0, int(max(last, default=0) - usual.waiting - _CHANCE * sqrt(usual.waiting)))
