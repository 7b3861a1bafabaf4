"""From the series of an answer to scrapes: all that a target showed at one moment."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seatrial.prometheus.answers import NativeHistogram, Series
from seatrial.series.increments import EVERYTHING, Counts, Key, by_bucket

TargetName = str
"""`shop/127.0.0.1:9001`: its job and its instance."""


class Unreadable(Exception):
    """A sample that says nothing, in words."""


@dataclass
class Moments:
    """What was seen of one target, by time."""

    counts: defaultdict[float, dict[Key, Counts]] = field(default_factory=lambda: defaultdict(dict))
    up: dict[float, bool] = field(default_factory=dict)
    """Whether Prometheus could scrape it."""
    started: dict[float, float] = field(default_factory=dict)
    """When its process had begun."""


def target_of(labels: Mapping[str, str]) -> TargetName:
    """The target that a series is of; all series without these labels are of one."""
    return "/".join(filter(None, (labels.get("job"), labels.get("instance"))))


def key_of(labels: Mapping[str, str], name: str) -> Key:
    """The series' own name; `name` is what it counts under, for buckets that of their histogram."""
    return name, tuple(sorted((k, v) for k, v in labels.items() if k not in ("__name__", "le")))


def add_counts(
    into: Mapping[TargetName, Moments] | defaultdict[TargetName, Moments], series: Iterable[Series], name: str
) -> None:
    """Counters, gauges and histograms of any kind, each as it was counted; raises Unreadable."""
    classic: defaultdict[tuple[TargetName, Key, float], dict[float, float]] = defaultdict(dict)
    for one in series:
        target, key = target_of(one.metric), key_of(one.metric, name)
        for t_s, value in one.values:
            if not math.isfinite(value):
                raise Unreadable(f"{name} is {value}")
            if "le" in one.metric:
                classic[target, key, t_s][_bound(one.metric["le"], name)] = value
            else:
                into[target].counts[t_s][key] = {EVERYTHING: value}
        for t_s, histogram in one.histograms:
            into[target].counts[t_s][key] = _buckets(histogram)
    for (target, key, t_s), cumulative in classic.items():
        into[target].counts[t_s][key] = by_bucket(cumulative)


def add_health(into: defaultdict[TargetName, Moments], series: Iterable[Series]) -> None:
    """`up` and `process_start_time_seconds`."""
    for one in series:
        moments = into[target_of(one.metric)]
        for t_s, value in one.values:
            if one.metric.get("__name__") == "up":
                moments.up[t_s] = value == 1
            elif math.isfinite(value):
                moments.started[t_s] = value


def _bound(le: str, name: str) -> float:
    try:
        return float(le)
    except ValueError:
        raise Unreadable(f"{name}: `le` is {le!r}, which is no bound") from None


def _buckets(histogram: NativeHistogram) -> dict[tuple[float, float], float]:
    if not math.isfinite(histogram.count):
        raise Unreadable("a histogram's count is no number")
    return {(lower, upper): count for _, lower, upper, count in histogram.buckets}
