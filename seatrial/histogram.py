"""Latency histograms: HdrHistogram, 1 us to 1 h at three digits, in microseconds."""

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3


def new() -> HdrHistogram:
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def record_ms(histogram: HdrHistogram, latency_ms: float) -> None:
    """Count one duration; outside the range it counts at the range's edge, never lost."""
    latency_us = min(max(round(latency_ms * 1000), LOWEST_US), HIGHEST_US)
    histogram.record_value(latency_us)


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
    return float(histogram.get_value_at_percentile(quantile * 100)) / 1000


def count_above(histogram: HdrHistogram, threshold_ms: float) -> int:
    """How many durations exceed the threshold (at the histogram's own resolution, 0.1 %)."""
    threshold_us = min(max(round(threshold_ms * 1000), LOWEST_US), HIGHEST_US)
    limit = histogram.get_highest_equivalent_value(threshold_us)
    return sum(
        item.count_at_value_iterated_to
        for item in histogram.get_recorded_iterator()
        if item.value_iterated_to > limit
    )
