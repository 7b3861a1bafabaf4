"""Stretches of time: from and to, in seconds."""

from collections.abc import Iterable, Sequence

Spans = Sequence[tuple[float, float]]


def merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same times without overlaps, in order."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def length_s(spans: Spans) -> float:
    """How long they are together."""
    return sum(end_s - begin_s for begin_s, end_s in spans)
