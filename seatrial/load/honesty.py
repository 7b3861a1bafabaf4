"""Was it the system, or was it the load generator? Figures that the generator limited decide nothing."""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from seatrial.load.second import LoadSecond
from seatrial.model.record import Record
from seatrial.model.units import format_share

CPU_SHARE_USUAL_MAX = 0.7
"""Above this in half of the seconds, latencies begin to contain the generator's own queue."""
CPU_SHARE_MAX = 0.9
CPU_SECONDS_MAX = 3
"""In a row above `CPU_SHARE_MAX`."""
LAG_MS_MAX = 50.0
LAG_SECONDS_SHARE_MAX = 0.05
LAG_SECONDS_MAX = 3
"""Seconds with a higher lag are let pass up to this share, or this many, whichever is more."""
REPORTS_MISSING_MAX = 2
REPORTS_MISSING_SHARE_MAX = 0.02


class GeneratorLimit(Record):
    """Why the load generator's figures do not stand for the system."""

    reason: Literal["workers missing", "arrivals dropped", "cpu", "lag"]
    message: str
    """What was seen, in a sentence."""
    hint: str
    """What to raise."""
    bias: Literal["too good", "too bad"]
    """Which way the figures lean. Too good (load was left out): a failure stands, a pass does not.
    Too bad (the generator's own delay is in them): a pass stands, a failure does not."""


def generator_limit(
    seconds: Sequence[LoadSecond], *, lag_ms_max: float = LAG_MS_MAX
) -> GeneratorLimit | None:
    """The first limit that these seconds show, the weightiest first; None when they are honest.

    Pass the seconds that a verdict is about, without the last, unfinished one. `lag_ms_max` may be
    tightened to a tenth of the latency in question.
    """
    judged = [one for one in seconds if not one.warming_up]
    if not judged:
        return None
    checks = (_workers_missing(judged), _dropped(judged), _cpu(judged), _lag(judged, lag_ms_max))
    return next((limit for limit in checks if limit is not None), None)


def _workers_missing(seconds: Sequence[LoadSecond]) -> GeneratorLimit | None:
    expected = sum(one.workers_expected for one in seconds)
    missing = expected - sum(one.workers + one.late for one in seconds) + sum(one.lost for one in seconds)
    if missing <= max(REPORTS_MISSING_MAX, REPORTS_MISSING_SHARE_MAX * expected):
        return None
    return GeneratorLimit(
        reason="workers missing",
        message=f"{missing} of {expected} reports of load workers are missing: less was sent than asked for",
        hint="See locust.log for why a worker ended or stood still; give the load generator its own machine.",
        bias="too good",
    )


def _dropped(seconds: Sequence[LoadSecond]) -> GeneratorLimit | None:
    dropped, scheduled = (sum(getattr(one, key) for one in seconds) for key in ("dropped", "scheduled"))
    if not dropped:
        return None
    oldest_s = max(one.oldest_ms for one in seconds if one.dropped) / 1000
    return GeneratorLimit(
        reason="arrivals dropped",
        message=(
            f"{dropped} of {scheduled} arrivals ({format_share(dropped / scheduled)}) were not sent: "
            f"max_in_flight was reached, while the oldest answer had been awaited for {oldest_s:.1f} s"
        ),
        hint="Raise max_in_flight above rate x the longest wait, or lower request_timeout or the rate.",
        bias="too good",
    )


def _cpu(seconds: Sequence[LoadSecond]) -> GeneratorLimit | None:
    from statistics import median  # half of whose imports are other numbers than these

    usual = median(one.cpu_share for one in seconds)
    runs = groupby(one.cpu_share > CPU_SHARE_MAX for one in seconds)
    longest = max((len(list(run)) for above, run in runs if above), default=0)
    if usual <= CPU_SHARE_USUAL_MAX and longest < CPU_SECONDS_MAX:
        return None
    return GeneratorLimit(
        reason="cpu",
        message=(
            f"the busiest load worker used {format_share(usual)} of a core in half of the seconds, "
            f"and more than {format_share(CPU_SHARE_MAX)} for {longest} s in a row"
        ),
        hint="Raise processes, use workers on other machines, or FastHttpUser instead of HttpUser.",
        bias="too bad",
    )


def _lag(seconds: Sequence[LoadSecond], lag_ms_max: float) -> GeneratorLimit | None:
    late = [one.lag_ms for one in seconds if one.lag_ms > lag_ms_max]
    if len(late) <= max(LAG_SECONDS_MAX, LAG_SECONDS_SHARE_MAX * len(seconds)):
        return None
    return GeneratorLimit(
        reason="lag",
        message=(
            f"in {len(late)} of {len(seconds)} s the load generator was more than {lag_ms_max:g} ms behind "
            f"its own schedule, {max(late):.0f} ms at worst"
        ),
        hint="Raise processes, take other work off this machine, or use workers on other machines.",
        bias="too bad",
    )
