"""Sorted durations with exact ranks, out of HdrHistograms of this package's one layout."""

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram
    from numpy import int64
    from numpy.typing import NDArray

_HALF_BITS = 10
"""The layout of `seatrial.histogram`: 2,048 linear cells, then 1,024 per power of two."""


class Spectrum:
    """Durations of many events: which value has which rank."""

    __slots__ = ("_cells", "_seen", "total")

    def __init__(self, counts: "NDArray[int64]") -> None:
        """`counts`: how many durations are in each cell of the histogram."""
        self._cells = counts.nonzero()[0]
        self._seen = counts[self._cells].cumsum()
        self.total = int(self._seen[-1]) if len(self._seen) else 0

    @classmethod
    def of(cls, histograms: Iterable["HdrHistogram"]) -> "Spectrum":
        """The sum of histograms made by `seatrial.histogram`; ValueError of none."""
        import numpy as np

        counters = [np.ctypeslib.as_array(histogram.counts) for histogram in histograms]
        if not counters:
            raise ValueError("a sum of no histograms")
        total = np.zeros(max(len(one) for one in counters), np.int64)
        for one in counters:
            total[: len(one)] += one.astype(np.int64, copy=False)
        return cls(total)

    def at_rank(self, rank: int) -> float:
        """Milliseconds of the rank-th shortest duration (from 1; beyond the ends, the ends).

        The upper end of its cell, so the true duration is at most 0.1 % less. ValueError: no durations.
        """
        if not self.total:
            raise ValueError("no durations, so none has a rank")
        wanted = min(max(rank, 1), self.total)
        cell = int(self._cells[self._seen.searchsorted(wanted)])
        bucket = max((cell >> _HALF_BITS) - 1, 0)
        within = cell - (bucket << _HALF_BITS)
        return float(((within + 1) << bucket) - 1) / 1000

    def quantile(self, quantile: float) -> float:
        """Milliseconds that at least this share (0 to 1) of the durations do not exceed."""
        return self.at_rank(ceil(quantile * self.total - 1e-9))
