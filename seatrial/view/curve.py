"""A curve as an SVG path: small however long the run, and without hiding any extreme.

    all readings ──▶ columns of a pixel or so ──▶ first, lowest, highest and last of each ──▶ path

Joined in order, these four give the same picture as all readings would (M4: Jugel et al., "M4: A
Visualization-Oriented Time Series Data Aggregation", VLDB 2014). A gap stays a gap: nothing is drawn
through seconds that nobody has seen.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

COLUMNS: Final = 1000
"""The path's width; its height is 100, with 0 at the top."""


class Sample(NamedTuple):
    """A value that holds for a stretch of time; None where it is unknown."""

    begin_s: float
    end_s: float
    value: float | None


class Band(NamedTuple):
    """A stretch of time."""

    begin_s: float
    end_s: float


def stretches(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    """Samples that follow each other without a gap; less than half an interval is none."""
    current: list[Sample] = []
    end_s = 0.0
    for sample in samples:
        begin_s, next_s, value = sample
        if current and (value is None or begin_s - end_s > 0.5 * (next_s - begin_s)):
            yield current
            current = []
        if value is not None:
            current.append(sample)
            end_s = next_s
    if current:
        yield current


def unseen(samples: Sequence[Sample], begin_s: float, end_s: float) -> list[Band]:
    """Every stretch from begin to end in which the value is unknown, or was not even looked at."""
    found: list[Band] = []
    seen_until_s = begin_s
    for stretch in stretches(samples):
        first = stretch[0]
        if first.begin_s - seen_until_s > 0.5 * (first.end_s - first.begin_s):
            found.append(Band(seen_until_s, first.begin_s))
        seen_until_s = stretch[-1].end_s
    length_s = samples[-1].end_s - samples[-1].begin_s if samples else 0.0
    if end_s - seen_until_s > max(2 * length_s, 1e-6):
        found.append(Band(seen_until_s, end_s))
    return found


def path(stretch_list: Iterable[Iterable[tuple[float, float]]]) -> str:
    """The `d` of an SVG path through stretches of (x, y), x from 0 to 1000 and y from 0 to 100."""
    return "".join(_stretch_path(points) for points in stretch_list)


def _stretch_path(points: Iterable[tuple[float, float]]) -> str:
    columns: dict[int, list[float]] = {}
    for x, y in points:
        columns.setdefault(round(x), []).append(y)
    parts: list[str] = []
    for column, values in columns.items():
        first, *others = _telling(values)
        parts.append(f"{'L' if parts else 'M'}{column} {_short(first)}")
        parts.extend(f"V{_short(y)}" for y in others)
    if len(parts) == 1:
        parts.append("h0")  # one reading alone: a dot, by the line's round ends
    return "".join(parts)


def _telling(values: Sequence[float]) -> list[float]:
    """First, lowest, highest and last, in the order in which they came."""
    if len(values) <= 2:
        return list(values)
    low, high = (values.index(extreme(values)) for extreme in (min, max))
    return [values[index] for index in sorted({0, low, high, len(values) - 1})]


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
