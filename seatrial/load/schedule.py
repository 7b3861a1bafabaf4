"""When arrivals are due in the open model: pure arithmetic, no clock.

The rate is piecewise linear in time. With its integral L(t), the expected number of arrivals by t,
arrival n of a steady stream is due at L^-1(n); a Poisson stream steps L by Exp(1) instead of by 1
(time change of a unit-rate process: Devroye, Non-Uniform Random Variate Generation, 1986, VI.1.3).
Of N workers each takes every N-th steady arrival, or its own Poisson stream of 1/N of the rate: both
add up to exactly the stream that one worker would have sent.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # at run time the shim needs the arithmetic only, without the models
    from seatrial.model.load import Load


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which the rate goes linearly from one value to another."""

    rate_from: float
    """Arrivals a second."""
    rate_to: float
    for_s: float

    @property
    def arrivals(self) -> float:
        """Expected arrivals within the segment."""
        return (self.rate_from + self.rate_to) / 2 * self.for_s

    def arrivals_until(self, offset_s: float) -> float:
        """Expected arrivals within the first `offset_s` seconds of the segment."""
        if math.isinf(self.for_s):
            return self.rate_from * offset_s
        slope = (self.rate_to - self.rate_from) / self.for_s
        return self.rate_from * offset_s + slope * offset_s**2 / 2

    def time_of(self, n: float) -> float:
        """Seconds into the segment at which the expected number of arrivals reaches `n`."""
        if math.isinf(self.for_s):
            return n / self.rate_from
        slope = (self.rate_to - self.rate_from) / self.for_s
        # The root of rate_from * t + slope * t^2 / 2 = n, in the form that is exact for slope 0.
        return 2 * n / (self.rate_from + math.sqrt(max(self.rate_from**2 + 2 * slope * n, 0.0)))


class Schedule:
    """The rate over time; the last segment's final rate holds for ever."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        last_rate = segments[-1].rate_to
        self._segments = (*segments, Segment(last_rate, last_rate, math.inf))

    def rate_at(self, offset_s: float) -> float:
        """Arrivals a second, `offset_s` seconds after the start."""
        for segment in self._segments:
            if offset_s < segment.for_s:
                break
            offset_s -= segment.for_s
        if math.isinf(segment.for_s):
            return segment.rate_from
        return segment.rate_from + (segment.rate_to - segment.rate_from) * offset_s / segment.for_s

    def arrivals_between(self, from_s: float, to_s: float) -> float:
        """The expected number of arrivals in a window, seconds after the start."""
        return self._until(to_s) - self._until(from_s)

    def _until(self, offset_s: float) -> float:
        total = 0.0
        for segment in self._segments:
            if offset_s <= segment.for_s:
                return total + segment.arrivals_until(offset_s)
            total += segment.arrivals
            offset_s -= segment.for_s
        return total

    def times(self, numbers: Iterator[float]) -> Iterator[float]:
        """Seconds after the start at which each of the ever growing `numbers` is reached."""
        reached, started_s = 0.0, 0.0
        segments = iter(self._segments)
        segment = next(segments)
        for n in numbers:
            while n - reached >= segment.arrivals:
                reached += segment.arrivals
                started_s += segment.for_s
                segment = next(segments)
            yield started_s + segment.time_of(n - reached)


def schedule_of(load: "Load") -> Schedule:
    """The schedule of an open-model load."""
    if load.rate is not None:
        return Schedule([Segment(load.rate, load.rate, 1.0)])
    if load.profile is None:
        raise ValueError("only the open model has a schedule")
    return Schedule(
        [Segment(step.rate, step.rate if step.to is None else step.to, step.for_s) for step in load.profile]
    )


def arrival_times(
    schedule: Schedule, arrivals: Literal["constant", "poisson"], *, seed: int, worker: int, workers: int
) -> Iterator[float]:
    """Seconds after the start of this worker's arrivals, without end."""
    if arrivals == "constant":
        return schedule.times(map(float, count(worker, workers)))
    return schedule.times(_poisson_numbers(seed, worker, workers))


def _poisson_numbers(seed: int, worker: int, workers: int) -> Iterator[float]:
    draw = random.Random(f"{seed}:{worker}")
    n = 0.0
    while True:
        n += draw.expovariate(1.0) * workers
        yield n
