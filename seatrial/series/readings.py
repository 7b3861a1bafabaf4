"""From increments to readings. What is missing is unknown, never 0 and never good."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from seatrial.reading import Latency, Ratio, Unknown
from seatrial.series.increments import Cumulative

SLACK: Final = 0.01
"""Counters of two names are not read in one instant: a part may exceed its whole by this share."""


def ratio_of(part: float, total: float, *, part_is_bad: bool) -> Ratio | Unknown:
    """Good of all events out of increments: of the good or bad ones, and of all."""
    whole, count = round(total), round(part)
    if count > whole + max(2.0, SLACK * whole):
        name = "bad" if part_is_bad else "good"
        return Unknown(reason=f"{count} {name} of {whole} events: `{name}` is not a part of `total`")
    count = min(count, whole)
    return Ratio(good=whole - count if part_is_bad else count, total=whole)


def counts_by_bound(grown: Iterable[Cumulative]) -> dict[float, int]:
    """How many events of several histograms lie in the bucket that ends at each bound."""
    counts: Counter[float] = Counter()
    for cumulative in grown:
        below = 0.0
        for bound in sorted(cumulative):
            counts[bound] += max(0, round(cumulative[bound] - below))
            below = max(below, cumulative[bound])
    return dict(counts)


def latency_of(counts: Mapping[float, int], quantile: float, us_per_unit: float) -> Latency:
    """Every event at the upper bound of its bucket; beyond the last bound, at one hour.

    A bucket tells only that an event lies within it. To interpolate would be to invent: with usual
    buckets that is off by 85 % either way. So a duration is never said to be better than it was.
    """
    from seatrial.histogram import HIGHEST_US, encode, of_counts

    counts_us: Counter[int] = Counter()
    for bound, count in counts.items():
        if count:
            counts_us[HIGHEST_US if math.isinf(bound) else min(HIGHEST_US, round(bound * us_per_unit))] += (
                count
            )
    return Latency(histogram=encode(of_counts(counts_us)), quantile=quantile)


def within_bound(grown: Sequence[Cumulative], limit: float) -> Ratio | Unknown:
    """Events at or below a limit that is a bound of the buckets, of all events: exact.

    Between two bounds nothing is known, so there the reading is unknown and names the neighbours.
    """
    bounds = sorted({bound for cumulative in grown for bound in cumulative})
    chosen = next((bound for bound in bounds if math.isclose(bound, limit, rel_tol=1e-9)), None)
    if chosen is None or any(chosen not in cumulative for cumulative in grown):
        near = [b for b in bounds if b < limit][-1:] + [b for b in bounds if limit < b < math.inf][:1]
        told = " and ".join(f"{bound:g}" for bound in near)
        return Unknown(reason=f"no bucket ends at {limit:g}; the nearest end at {told}")
    good = sum(cumulative[chosen] for cumulative in grown)
    return ratio_of(good, sum(max(cumulative.values()) for cumulative in grown), part_is_bad=False)
