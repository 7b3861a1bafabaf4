"""Axes: which stretch of values a plot shows, and where its ticks stand."""

from collections.abc import Sequence
from functools import cached_property
from math import ceil, floor, log10
from typing import Final

import msgspec

_TIME_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_TIME_TICKS_MAX: Final = 6
_VALUE_TICKS: Final = 4
_LOG_FROM: Final = 12.0
"""Where the largest value is so many times the middle one, a linear axis would hide the middle."""
_HEADROOM: Final = 0.06


class Scale(msgspec.Struct, frozen=True, dict=True):
    """From values to per cent of the height, 0 at the bottom."""

    low: float
    high: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Per cent of the height; what lies beyond is drawn at the edge."""
        if self.is_log:
            value = log10(max(value, self.low))
        low, per_cent = self._linear
        place = (value - low) * per_cent
        return 0.0 if place < 0 else 100.0 if place > 100 else place

    def ticks(self) -> list[float]:
        """Round values within, few enough to be read."""
        if self.is_log:
            return _log_ticks(self.low, self.high)
        step = _nice_step((self.high - self.low) / _VALUE_TICKS)
        first = ceil(self.low / step - 1e-9)
        last = floor(self.high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]

    @cached_property
    def _linear(self) -> tuple[float, float]:
        """What is taken off, and by how much the rest is multiplied: asked for every point."""
        low, high = (log10(self.low), log10(self.high)) if self.is_log else (self.low, self.high)
        return low, 100 / (high - low)


def scale_of(values: Sequence[float], marks: Sequence[float], *, is_share: bool, is_latency: bool) -> Scale:
    """The scale that shows all values, and the marks (objectives, baseline) that belong to them."""
    from statistics import median  # whose imports a report without curves does without

    low, high = min([*values, *marks], default=0.0), max([*values, *marks], default=1.0)
    middle = median(values) if values else 0.0
    if is_latency and low > 0 and high > _LOG_FROM * middle > 0:
        return Scale(low / 1.25, high * 1.25, is_log=True)
    if is_share:
        return _share_scale(low, high)
    if low >= 0 and low < 0.6 * high:
        low = 0.0
    pad = (high - low or abs(high) or 1.0) * _HEADROOM
    return Scale(low - pad if low else low, high + pad)


def _share_scale(low: float, high: float) -> Scale:
    """Shares end at 0 and 1; the end that they are close to is shown."""
    pad = max((high - low) * _HEADROOM, 0.0005)
    if low > 0.5:
        return Scale(max(low - pad, 0.0), 1.0)
    return Scale(0.0, min(high + pad, 1.0))


def _nice_step(raw: float) -> float:
    magnitude = 10.0 ** floor(log10(raw))
    return float(next(step for step in (1, 2, 2.5, 5, 10) if step * magnitude >= raw * 0.999) * magnitude)


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [digit * 10.0**decade for decade in decades for digit in digits]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= _VALUE_TICKS + 2:
            return ticks
    return ticks[:: ceil(len(ticks) / _VALUE_TICKS)]


def time_ticks(duration_s: float) -> list[float]:
    """Round moments from 0 to the end of a run."""
    step = next((s for s in _TIME_STEPS_S if duration_s / s <= _TIME_TICKS_MAX), _TIME_STEPS_S[-1])
    return [float(t_s) for t_s in range(0, int(duration_s) + 1, step)]
