"""Made-up windows for the tests of verdicts."""

from collections import Counter
from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

from seatrial.histogram import of_counts


def histogram(values_ms: Iterable[float]) -> HdrHistogram:
    return of_counts(Counter(round(value * 1000) for value in values_ms))


def seconds(bad: Iterable[int], total: int = 50) -> list[tuple[int, int] | None]:
    return [(one, total) for one in bad]
