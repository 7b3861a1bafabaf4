"""What readings leave open, taken at its worst and at its best.

                                                                            at worst    at best
    good or bad?       events of a bucket that the threshold lies in         bad         good
    were there more?   of a target that died before its next scrape          bad         good
    in the window?     of a scrape interval that begins before it            only bad    only good

Something holds only if it does at the worst, and deviates only if it does at the best.
"""

from collections.abc import Sequence

import msgspec

from seatrial.durations import Durations
from seatrial.reading import Latency, Ratio, Reading


class Window(msgspec.Struct, frozen=True):
    """Readings that judge something; `partly`: which of them reach beyond the window."""

    readings: Sequence[Reading]
    partly: Sequence[bool] = ()

    @property
    def is_certain(self) -> bool:
        """Whether nothing is left open."""
        return not any(self.partly) and all(map(_is_certain, self.readings))

    def at_worst(self, threshold_ms: float = 0.0) -> list[Reading]:
        """As little good as may be; `threshold_ms` says which durations are bad."""
        return [
            _at_worst(r, part, threshold_ms) if part or not _is_certain(r) else r for r, part in self._pairs()
        ]

    def at_best(self, threshold_ms: float = 0.0) -> list[Reading]:
        """As little bad as may be."""
        return [
            _at_best(r, part, threshold_ms) if part or not _is_certain(r) else r for r, part in self._pairs()
        ]

    def _pairs(self) -> list[tuple[Reading, bool]]:
        partly = self.partly or [False] * len(self.readings)
        return list(zip(self.readings, partly, strict=True))


def _is_certain(reading: Reading) -> bool:
    if isinstance(reading, Ratio) and reading.unsure:
        return False
    if isinstance(reading, Latency) and reading.at_best:
        return False
    return reading.observed is None or not reading.observed.unobserved


def _unobserved(reading: Reading) -> int:
    return reading.observed.unobserved if reading.observed is not None else 0


def _at_worst(reading: Reading, partly: bool, threshold_ms: float) -> Reading:
    if isinstance(reading, Ratio):
        good = 0 if partly else reading.good
        bad = reading.total - reading.good + _unobserved(reading)
        return Ratio(good=good, total=good + bad, waiting=reading.waiting)
    if isinstance(reading, Latency):
        durations = reading.durations.only_above(threshold_ms) if partly else reading.durations
        return _latency(reading, durations.plus_at_most(_unobserved(reading)))
    return reading


def _at_best(reading: Reading, partly: bool, threshold_ms: float) -> Reading:
    if isinstance(reading, Ratio):
        good = reading.good + reading.unsure + _unobserved(reading)
        return Ratio(good=good, total=good + (0 if partly else reading.bad), waiting=reading.waiting)
    if isinstance(reading, Latency):
        fastest = at_fastest(reading).durations
        return _latency(reading, fastest.not_above(threshold_ms) if partly else fastest)
    return reading


def at_fastest(reading: Latency) -> Latency:
    """Each duration at the least that it may have been."""
    if not reading.at_best:
        return reading
    return reading.model_copy(update={"histogram": reading.at_best, "at_best": ""})


def _latency(reading: Latency, durations: Durations) -> Latency:
    from seatrial.histogram import encode, of_counts

    histogram = encode(of_counts(durations.by_value()))
    return Latency(
        histogram=histogram,
        quantile=reading.quantile,
        waiting=reading.waiting,
        arrivals=reading.arrivals,
    )
