"""Durations out of an encoded histogram, as the few cells that are in use: made for thousands of them.

A decoded HdrHistogram is an array of 23,552 counters, 184 KiB; a second of requests fills some hundreds of
them. So an hour of readings fits into memory, and a quantile is a bisection.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

_HALF_BITS = 10
_SUB_MASK = (2 << _HALF_BITS) - 1
"""The layout of `seatrial.histogram`: 2,048 linear cells, then 1,024 per power of two."""


class Durations:
    """Durations of many events: how many there are of each, and which has which rank."""

    __slots__ = ("_seen", "cells", "counts", "total")

    def __init__(self, cells: "NDArray[int64]", counts: "NDArray[int64]") -> None:
        """`cells`: those of the histogram that are in use, ascending; `counts`: of each."""
        self.cells = cells
        self.counts = counts
        self._seen = counts.cumsum()
        self.total = int(self._seen[-1]) if len(cells) else 0

    @classmethod
    def sum(cls, parts: Iterable["Durations"]) -> "Durations":
        """All of them together."""
        import numpy as np

        known = [part for part in parts if part.total]
        if not known:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))
        together = np.concatenate([part.cells for part in known])
        dense = np.bincount(together, np.concatenate([part.counts for part in known])).astype(np.int64)
        cells = dense.nonzero()[0]
        return cls(cells, dense[cells])

    @property
    def longest_ms(self) -> float:
        """ValueError of none."""
        return self.at_rank(self.total)

    def at_rank(self, rank: int) -> float:
        """Milliseconds of the rank-th shortest (from 1; beyond the ends, the ends); ValueError of none.

        The upper end of its cell, so the true duration is at most 0.1 % less.
        """
        if not self.total:
            raise ValueError("no durations, so none has a rank")
        wanted = min(max(rank, 1), self.total)
        cell = int(self.cells[self._seen.searchsorted(wanted)])
        bucket = max((cell >> _HALF_BITS) - 1, 0)
        return float(((cell - (bucket << _HALF_BITS) + 1) << bucket) - 1) / 1000

    def quantile_ms(self, quantile: float) -> float:
        """Milliseconds that at least this share (0 to 1) of the durations do not exceed."""
        return self.at_rank(ceil(quantile * self.total - 1e-9))

    def above(self, threshold_ms: float) -> int:
        """How many exceed the threshold, at the histogram's own resolution of 0.1 %."""
        index = int(self.cells.searchsorted(_cell(round(threshold_ms * 1000)), side="right"))
        return self.total - (int(self._seen[index - 1]) if index else 0)


@lru_cache(maxsize=4096)
def durations_of(encoded: str) -> Durations:
    """Those of a histogram as `seatrial.histogram` encodes it; an hour of them is kept (about 10 MB)."""
    import numpy as np

    from seatrial.histogram import decode

    histogram = decode(encoded)
    used = _cell(int(histogram.max_value)) + 1
    counts = np.frombuffer(histogram.counts, np.dtype(f"u{histogram.word_size}"), count=used)
    cells = counts.nonzero()[0]
    return Durations(cells, counts[cells].astype(np.int64))


def _cell(latency_us: int) -> int:
    """The index of a duration's counter."""
    latency_us = min(max(latency_us, 1), 3_600_000_000)
    bucket = (latency_us | _SUB_MASK).bit_length() - _HALF_BITS - 1
    return (bucket << _HALF_BITS) + (latency_us >> bucket)
