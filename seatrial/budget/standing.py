"""What is left of a budget.

    budget B = 1 - objective           allowed = B x all that the whole window will count
    remaining = 1 - bad / allowed      the rest of the window is a forecast: mean rate x what is not seen

The denominator is the forecast of the whole window, not what has been counted so far: on a calendar window's
first day, or of a new service, a handful of errors would else look like the end of the budget. With slices
the same is counted in slices of time. Optimistic: the exact lower bound of the bad share (Clopper-Pearson).
"""

from typing import TYPE_CHECKING, Final

from seatrial.model.record import Record
from seatrial.verdict.counts import Counts
from seatrial.verdict.interval import clopper_pearson

if TYPE_CHECKING:
    from seatrial.budget.window import Span
    from seatrial.slo.slo import Slo

COVERED_ENOUGH: Final = 0.95
"""Below this share of the window the standing says over how much it speaks."""
COVERED_LEAST: Final = 0.5
"""Below this nothing is decided by it."""


class Seen(Record):
    """What history holds of a window up to now: events, or slices of time that had any."""

    bad: float
    total: float
    covered_s: float
    """How much of the elapsed window history speaks of."""


class Standing(Record):
    """A budget at a moment. Shares of the whole budget; below 0: overspent."""

    remaining: float | None
    """None: unknown, with the reason in `unknown`."""
    remaining_at_best: float | None = None
    """The same where the bad events were as few as chance allows, with 95 % confidence."""
    allowed: float = 0.0
    """Bad events (or slices) that the whole window may have."""
    bad: float = 0.0
    total: float = 0.0
    covered: float = 0.0
    """The share of the elapsed window that history speaks of."""
    unknown: str = ""
    note: str = ""

    @property
    def is_known(self) -> bool:
        return self.remaining is not None


def standing(slo: "Slo", seen: Seen, span: "Span", now_s: float) -> Standing:
    """The budget of an SLO at a moment; unknown, with the reason, where nothing can be said."""
    elapsed_s = span.elapsed_s(now_s)
    covered = min(1.0, seen.covered_s / elapsed_s) if elapsed_s > 0 else 0.0
    reason = _why_unknown(slo, seen, elapsed_s)
    if reason:
        return Standing(remaining=None, bad=seen.bad, total=seen.total, covered=covered, unknown=reason)
    allowed = allowed_of(slo, seen, span)
    low, _ = clopper_pearson(Counts(min(seen.bad, seen.total), seen.total))
    return Standing(
        remaining=1 - seen.bad / allowed,
        remaining_at_best=1 - low * seen.total / allowed,
        allowed=allowed,
        bad=seen.bad,
        total=seen.total,
        covered=covered,
        note=f"history covers {covered:.0%} of the window so far" if covered < COVERED_ENOUGH else "",
    )


def _why_unknown(slo: "Slo", seen: Seen, elapsed_s: float) -> str:
    if slo.objective >= 1:
        return "an objective of 100 % has no budget: a single bad event breaks it"
    if elapsed_s <= 0:
        return "the window has not begun, by the server's clock"
    if seen.covered_s <= 0 or seen.total <= 0:
        return "nothing was counted in the window: there was no traffic, or nobody scraped it"
    return ""


def allowed_of(slo: "Slo", seen: Seen, span: "Span") -> float:
    """Bad events, or bad slices, that the whole window may have, by forecast."""
    return (1 - slo.objective) * whole_of(slo, seen, span)


def whole_of(slo: "Slo", seen: Seen, span: "Span") -> float:
    """All that the whole window will have counted; slices are as many as fit."""
    if slo.slices is not None:
        return span.length_s / slo.slices.length
    return seen.total * max(1.0, span.length_s / seen.covered_s)


def exhausted_in_s(standing: Standing, seen: Seen, now_s: float, span: "Span") -> float | None:
    """A projection: after how long the budget is gone if all goes on as before; None: not in this window."""
    if standing.remaining is None or not seen.bad or seen.covered_s <= 0:
        return None
    left_s = max(0.0, standing.remaining) * standing.allowed / (seen.bad / seen.covered_s)
    ends_s = span.end_s if span.end_s > now_s else now_s + span.length_s
    return left_s if now_s + left_s < ends_s else None
