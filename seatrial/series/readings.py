"""From rounds to readings. What is missing is unknown, never 0 and never good."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from seatrial.reading import Latency, Observed, Ratio, Reading, Unknown, Value
from seatrial.series.asked import UNITS_PER_S, Asked
from seatrial.series.increments import EVERYTHING, Bucket
from seatrial.series.rounds import Round

SLACK: Final = 0.01
"""Counters of two names are not read in one instant: a part may exceed its whole by this share."""


def reading_of(asked: Asked, of: Round, *, now_s: float, source: str) -> Reading:
    """What a round says of what was asked; `now_s` by the clock of its scrapes."""
    observed = Observed(
        span_s=round(of.end_s - of.begin_s, 3),
        age_s=round(max(0.0, now_s - of.end_s), 3),
        unobserved=round(of.unobserved),
        source=f"{of.seen} of {of.expected} targets, {source}",
    )
    reading = _reading_of(asked, of)
    return reading.model_copy(update={"observed": observed})


def _reading_of(asked: Asked, of: Round) -> Reading:
    if asked.gauge is not None:
        return _gauge(asked, of)
    if asked.rate is not None:
        rates = [
            sum(sum(counts.values()) for key, counts in growth.counts.items() if asked.is_whole(key))
            / (growth.end_s - growth.begin_s)
            for growth in of.growths
            if growth.end_s > growth.begin_s
        ]
        return Value(values={"rate": sum(rates)})
    buckets = _together(counts for g in of.growths for key, counts in g.counts.items() if asked.is_whole(key))
    if asked.histogram is None:
        part = _together(counts for g in of.growths for key, counts in g.counts.items() if asked.is_part(key))
        return ratio_of(sum(part.values()), sum(buckets.values()), part_is_bad=asked.bad is not None)
    units_per_s = UNITS_PER_S[asked.unit]
    if asked.within is not None:
        return within_bound(buckets, asked.within * units_per_s)
    assert asked.quantile is not None
    return latency_of(buckets, asked.quantile, 1e6 / units_per_s)


def _together(parts: Iterable[Mapping[Bucket, float]]) -> Counter[Bucket]:
    counts: Counter[Bucket] = Counter()
    for part in parts:
        for bucket, count in part.items():
            counts[bucket] += count  # type: ignore[assignment]  # counts are floats on the wire
    return counts


def _gauge(asked: Asked, of: Round) -> Reading:
    values = [s.counts[key][EVERYTHING] for s in of.scrapes for key in s.counts if asked.is_whole(key)]
    if not values:
        return Unknown(reason=f"no series matches {asked.whole}")
    combined = {"sum": sum(values), "max": max(values), "min": min(values)}
    return Value(values={"value": combined.get(asked.combine, sum(values) / len(values))})


def ratio_of(part: float, total: float, *, part_is_bad: bool) -> Ratio | Unknown:
    """Good of all events out of increments: of the good or bad ones, and of all."""
    whole, count = round(total), round(part)
    if count > whole + max(2.0, SLACK * whole):
        name = "bad" if part_is_bad else "good"
        return Unknown(reason=f"{count} {name} of {whole} events: `{name}` is not a part of `total`")
    count = min(count, whole)
    return Ratio(good=whole - count if part_is_bad else count, total=whole)


def within_bound(buckets: Mapping[Bucket, float], limit: float) -> Ratio:
    """Events at or below a limit, of all events: exact where the limit is a bound of the buckets.

    Events of a bucket that the limit lies in may be on either side of it: they are unsure.
    """
    good = unsure = 0.0
    for (lower, upper), count in buckets.items():
        if upper <= limit or math.isclose(upper, limit, rel_tol=1e-9):
            good += count
        elif lower < limit and not math.isclose(lower, limit, rel_tol=1e-9):
            unsure += count
    total = round(sum(buckets.values()))
    sure = min(round(good), total)
    return Ratio(good=sure, total=total, unsure=min(round(unsure), total - sure))


def latency_of(buckets: Mapping[Bucket, float], quantile: float, us_per_unit: float) -> Latency:
    """Every event at the upper bound of its bucket, beyond the last bound at one hour; and at the lower.

    A bucket tells only that an event lies within it. To interpolate would be to invent: with usual
    buckets that is off by 85 % either way.
    """
    from seatrial.histogram import HIGHEST_US, LOWEST_US, encode, of_counts

    slowest: Counter[int] = Counter()
    fastest: Counter[int] = Counter()
    for (lower, upper), count in buckets.items():
        if round(count):
            slowest[_us(upper, us_per_unit, HIGHEST_US)] += round(count)
            fastest[_us(lower, us_per_unit, LOWEST_US)] += round(count)
    return Latency(
        histogram=encode(of_counts(slowest)), at_best=encode(of_counts(fastest)), quantile=quantile
    )


def _us(bound: float, us_per_unit: float, beyond_us: int) -> int:
    return beyond_us if math.isinf(bound) else round(bound * us_per_unit)
