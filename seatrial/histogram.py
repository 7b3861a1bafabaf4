"""Latency histograms: HdrHistogram, 1 us to 1 h at three digits, in microseconds."""

from collections.abc import Iterable, Mapping
from itertools import accumulate

from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3

# The layout that HdrHistogram(1, 3_600_000_000, 3) has: 2,048 linear cells, then 1,024 per power of two.
_HALF_BITS = 10
_SUB_MASK = (2 << _HALF_BITS) - 1


def new() -> HdrHistogram:
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def record_ms(histogram: HdrHistogram, latency_ms: float) -> None:
    """Count one duration; outside the range it counts at the range's edge, never lost."""
    histogram.record_value(_clamped(round(latency_ms * 1000)))


def of_counts(counts_us: Mapping[int, int]) -> HdrHistogram:
    """A histogram of how often each duration in microseconds was seen."""
    histogram = new()
    if not counts_us:
        return histogram
    cells = histogram.counts
    total = 0
    for latency_us, count in counts_us.items():
        cells[_cell(_clamped(latency_us))] += count
        total += count
    histogram.total_count = total
    histogram.min_value = _clamped(min(counts_us))
    histogram.max_value = _clamped(max(counts_us))
    return histogram


def encode(histogram: HdrHistogram) -> str:
    return str(histogram.encode().decode("ascii"))


def decode(encoded: str) -> HdrHistogram:
    return HdrHistogram.decode(encoded)


def merged(encoded: Iterable[str]) -> HdrHistogram:
    total = new()
    for one in encoded:
        total.decode_and_add(one)
    return total


def quantile_ms(histogram: HdrHistogram, quantile: float) -> float:
    """The value at a quantile, in milliseconds (nan-free: 0.0 for an empty histogram)."""
    total = int(histogram.get_total_count())
    if total == 0:
        return 0.0
    wanted = max(int(quantile * total + 0.5), 1)
    for cell, seen in enumerate(accumulate(_used_cells(histogram))):
        if seen >= wanted:
            value = histogram.get_value_from_index(cell)
            return float(histogram.get_highest_equivalent_value(value)) / 1000
    return float(histogram.get_max_value()) / 1000


def count_above(histogram: HdrHistogram, threshold_ms: float) -> int:
    """How many durations exceed the threshold (at the histogram's own resolution, 0.1 %)."""
    limit = _cell(_clamped(round(threshold_ms * 1000)))
    return sum(_used_cells(histogram)[limit + 1 :])


def _clamped(latency_us: int) -> int:
    return min(max(latency_us, LOWEST_US), HIGHEST_US)


def _cell(latency_us: int) -> int:
    """The index of a duration's counter: what HdrHistogram itself computes, without its eight calls."""
    bucket = (latency_us | _SUB_MASK).bit_length() - _HALF_BITS - 1
    return (bucket << _HALF_BITS) + (latency_us >> bucket)


def _used_cells(histogram: HdrHistogram) -> list[int]:
    """The counters up to the largest value; a slice of the C array, so the cost is a copy."""
    if histogram.get_total_count() == 0:
        return []
    used: list[int] = histogram.counts[: _cell(_clamped(int(histogram.max_value))) + 1]
    return used
