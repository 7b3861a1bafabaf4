"""Readings of one interval, as they stand in a journal."""

from typing import Self

from msgspec import UNSET, UnsetType

from seatrial.model.record import Tagged
from seatrial.reading import Latency, Reading


class Tick(Tagged, tag="tick"):
    """Readings of one interval. On disk equal histograms stand once, under a number."""

    span_s: float
    """How much time before `t_s` these readings speak of."""
    end_s: float
    """The run's time at which their interval ended."""
    readings: dict[str, Reading]
    histograms: tuple[str, ...] | UnsetType = UNSET
    """On disk alone."""

    def on_disk(self) -> Self:
        """Each histogram once, under a number."""
        table: dict[str, str] = {}
        shared = dict(self.readings)
        for name, reading in self.readings.items():
            if isinstance(reading, Latency) and reading.histogram:
                number = table.setdefault(reading.histogram, f"#{len(table)}")
                shared[name] = reading.model_copy(update={"histogram": number})
        return self.model_copy(update={"readings": shared, "histograms": tuple(table)}) if table else self

    def from_disk(self) -> Self:
        """Each histogram in its place again."""
        if self.histograms is UNSET:
            return self
        readings = {name: _unshared(one, self.histograms) for name, one in self.readings.items()}
        return self.model_copy(update={"readings": readings, "histograms": UNSET})


def _unshared(reading: Reading, table: tuple[str, ...]) -> Reading:
    if not isinstance(reading, Latency) or not reading.histogram.startswith("#"):
        return reading
    return reading.model_copy(update={"histogram": table[int(reading.histogram[1:])]})
