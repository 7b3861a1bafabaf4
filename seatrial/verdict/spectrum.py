"""Sorted durations with exact ranks, out of HdrHistograms of one layout."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram


class Spectrum:
    """Durations of many events: which of them has which rank."""

    __slots__ = ("_cells", "_ruler", "_seen", "total")

    def __init__(self, histograms: Sequence["HdrHistogram"]) -> None:
        """Of the sum of histograms made by `seatrial.histogram`; ValueError of none."""
        import numpy as np

        if not histograms:
            raise ValueError("a sum of no histograms")
        self._ruler = histograms[0]
        counts = np.zeros(self._ruler.counts_len, np.int64)
        for histogram in histograms:
            cells = np.ctypeslib.as_array(histogram.counts)
            counts[: len(cells)] += cells.astype(np.int64)
        self._cells = counts.nonzero()[0]
        self._seen = counts[self._cells].cumsum()
        self.total = int(self._seen[-1]) if len(self._seen) else 0

    def at_rank(self, rank: int) -> float:
        """Milliseconds of the rank-th shortest duration (from 1; beyond the ends, the ends).

        The upper end of its cell, so the true duration is at most 0.1 % less. ValueError: no durations.
        """
        if not self.total:
            raise ValueError("no durations, so none has a rank")
        wanted = min(max(rank, 1), self.total)
        cell = int(self._cells[self._seen.searchsorted(wanted)])
        value_us = self._ruler.get_highest_equivalent_value(self._ruler.get_value_from_index(cell))
        return float(value_us) / 1000

    def quantile(self, quantile: float) -> float:
        """Milliseconds that at least this share (0 to 1) of the durations do not exceed."""
        return self.at_rank(ceil(quantile * self.total - 1e-9))
