"""Durations out of an encoded histogram, as the few cells that are in use: made for thousands of them.

A decoded HdrHistogram is an array of 23,552 counters, 184 KiB; a second of requests fills some hundreds of
them. So an hour of readings fits into memory, and a quantile is a bisection.
"""

from base64 import b64decode
from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from struct import Struct
from typing import TYPE_CHECKING
from zlib import decompress

if TYPE_CHECKING:
    from numpy import int64, uint8
    from numpy.typing import NDArray

_HALF_BITS = 10
_SUB_MASK = (2 << _HALF_BITS) - 1
"""The layout of `seatrial.histogram`: 2,048 linear cells, then 1,024 per power of two."""
_OUTER_BYTES = 8
"""Cookie and length of what is compressed."""
_HEADER = Struct(">IIIIQQd")
"""Cookie, length of the counters, index offset, digits, lowest and highest value, ratio."""
_LAYOUT = (0, 3, 1, 3_600_000_000)


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

    def plus_above(self, threshold_ms: float, count: int) -> "Durations":
        """The same with so many more, each as little above the threshold as can be told apart."""
        import numpy as np

        if not count:
            return self
        cell = _cell(round(threshold_ms * 1000)) + 1
        return self.sum([self, Durations(np.array([cell], np.int64), np.array([count], np.int64))])

    def plus_at_most(self, count: int) -> "Durations":
        """The same with so many more, each as long as can be told."""
        return self.plus_above(_LAYOUT[3] / 1000, count)

    def only_above(self, threshold_ms: float) -> "Durations":
        """Those that exceed the threshold."""
        return self.split_longest(self.above(threshold_ms))[1]

    def not_above(self, threshold_ms: float) -> "Durations":
        """Those that do not."""
        return self.split_longest(self.above(threshold_ms))[0]

    def split_longest(self, count: int) -> tuple["Durations", "Durations"]:
        """All but so many of the longest, and these."""
        after = self.total - self._seen
        taken = (count - after).clip(0, self.counts)
        kept = self.counts - taken
        return Durations(self.cells[kept > 0], kept[kept > 0]), Durations(
            self.cells[taken > 0], taken[taken > 0]
        )

    def by_value(self) -> dict[int, int]:
        """Microseconds, the upper end of each cell, and how many are in it."""
        buckets = ((self.cells >> _HALF_BITS) - 1).clip(0)
        values = ((self.cells - (buckets << _HALF_BITS) + 1) << buckets) - 1
        return dict(zip(values.tolist(), self.counts.tolist(), strict=True))

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
    """Those of a histogram as `seatrial.histogram` encodes it; an hour of them is kept (about 10 MB).

    HdrHistogram's V2 encoding, compressed and in base64: counters as ZigZag LEB128 numbers, of which a
    negative one stands for that many empty cells. Decoded here without its 23,552 counters, for that took
    most of the time. ValueError: another layout.
    """
    import numpy as np

    raw = decompress(b64decode(encoded)[_OUTER_BYTES:])
    _, length, *layout, _ = _HEADER.unpack_from(raw)
    if tuple(layout) != _LAYOUT:
        raise ValueError("a histogram of another layout than 1 us to 1 h at three digits")
    numbers = _numbers(np.frombuffer(raw, np.uint8, count=length, offset=_HEADER.size))
    steps = np.where(numbers < 0, -numbers, 1)
    cells = steps.cumsum() - steps
    used = numbers > 0
    return Durations(cells[used], numbers[used])


def _numbers(raw: "NDArray[uint8]") -> "NDArray[int64]":
    """ZigZag LEB128: seven bits a byte, lowest first, the eighth set where more follow."""
    import numpy as np

    ends = (raw < 0x80).nonzero()[0]
    values = raw.astype(np.int64)
    if len(ends) < len(raw):
        starts = np.concatenate(([0], ends[:-1] + 1))
        places = np.arange(len(raw)) - starts.repeat(ends - starts + 1)
        values = np.add.reduceat((values & 0x7F) << (7 * places), starts)
    return (values >> 1) ^ -(values & 1)


def _cell(latency_us: int) -> int:
    """The index of a duration's counter."""
    latency_us = min(max(latency_us, 1), 3_600_000_000)
    bucket = (latency_us | _SUB_MASK).bit_length() - _HALF_BITS - 1
    return (bucket << _HALF_BITS) + (latency_us >> bucket)
