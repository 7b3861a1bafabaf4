"""What a run may cost at the worst, and whether it would page somebody."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seatrial.budget.burn import Pair
from seatrial.slo.slo import Slo


class Hit(NamedTuple):
    """A stretch of the run in which a share of the service's events may be bad."""

    share: float
    """Of the traffic, 0 to 1: targets hit of all, times how much of theirs may be bad."""
    lasts_s: float
    """With the time until it is seen and undone."""


def planned_cost(slo: Slo, hits: Iterable[Hit], window_s: float, traffic: float = 1.0) -> float:
    """The share of the budget that the hits take at the worst; infinite where there is no budget.

    `traffic` is the present rate of events over the window's mean. With events: share x duration / window
    x traffic / (1 - objective). With slices each hit spoils every slice that it touches, if it can.
    """
    budget = 1 - slo.objective
    if budget <= 0:
        return math.inf
    if slo.slices is None:
        return sum(hit.share * hit.lasts_s for hit in hits) / window_s * traffic / budget
    slices = sum(slices_spoilt(slo, hit) for hit in hits)
    return slices / (budget * window_s / slo.slices.length)


def slices_spoilt(slo: Slo, hit: Hit) -> int:
    """At the worst, the hit begins at the end of a slice and ends at the beginning of one."""
    assert slo.slices is not None
    if hit.share <= 1 - slo.slices.at_least or hit.lasts_s <= 0:
        return 0
    return math.ceil(hit.lasts_s / slo.slices.length) + 1


class Page(NamedTuple):
    """A burn alert that a hit would set off, and how long after its beginning."""

    pair: str
    after_s: float


def would_page(pairs: Sequence[Pair], hits: Sequence[Hit], budget: float) -> list[Page]:
    """The burn alerts that would fire, the first first.

    An outage of this share raises the burn over a window w by share x t / w / budget; the short window is
    full, or at the factor, before the long one is.
    """
    if budget <= 0:
        return []
    pages = [
        Page(pair.name, after_s)
        for pair in pairs
        for hit in hits
        if hit.share > 0 and (after_s := pair.factor * pair.long_s * budget / hit.share) <= hit.lasts_s
    ]
    first: dict[str, Page] = {}
    for page in sorted(pages, key=lambda one: one.after_s):
        first.setdefault(page.pair, page)
    return list(first.values())
