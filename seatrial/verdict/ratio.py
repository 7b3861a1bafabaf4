"""A ratio objective, `availability >= 99 %`: is the bad share within its budget?

seconds of (bad, total) --design effect--> fewer, independent events --Clopper-Pearson--> interval
held: interval <= budget        deviated: interval > budget        else unknown
"""

from collections.abc import Sequence
from typing import Literal

from seatrial.model.units import format_share
from seatrial.verdict.confidence import ALPHA, confidence
from seatrial.verdict.counts import UNSEEN_SHARE_MAX, Counts, Second, share_unseen, total_of
from seatrial.verdict.decision import Decision
from seatrial.verdict.design_effect import BATCHES, design_effect
from seatrial.verdict.interval import clopper_pearson
from seatrial.verdict.status import Status

RULE = "Clopper-Pearson with the design effect"
_WORTH_TELLING = 2.0
"""A smaller design effect is what independent events show by chance."""


def judge_ratio(
    seconds: Sequence[Second],
    budget: float,
    *,
    share: Literal["good", "bad"] = "good",
    alpha: float = ALPHA,
    batches: Sequence[int] = BATCHES,
) -> Decision:
    """Decide whether at most `budget` (0 to 1) of all events are bad.

    `seconds`: (bad, total) of each reading in order, None where nothing could be seen. `share` names the
    share the SLI speaks of (availability: good; error ratio: bad); value and interval are of that share.
    `alpha`: both tails of the interval together. A budget of 1 allows everything that is seen.
    ValueError: a budget outside [0, 1].
    """
    if not 0 <= budget <= 1:
        raise ValueError(f"a budget of {budget} is not a share from 0 to 1")
    counts = total_of(seconds)
    if not counts.total:
        return Decision(
            status=Status.UNKNOWN, unit="share", samples=0, rule=RULE, reason="No events were seen."
        )
    deff = design_effect(seconds, alpha, batches)
    low, high = clopper_pearson(counts, alpha, deff)
    status = decide(low, high, budget, share_unseen(seconds))
    bad = share == "bad"
    return Decision(
        status=status,
        unit="share",
        value=counts.share if bad else 1 - counts.share,
        low=low if bad else 1 - high,
        high=high if bad else 1 - low,
        samples=int(counts.total),
        rule=RULE,
        reason=_reason(
            status=status,
            counts=counts,
            interval=(low, high),
            budget=budget,
            share=share,
            deff=deff.low if status is Status.DEVIATED else deff.high,
            unseen=share_unseen(seconds),
            alpha=alpha,
        ),
    )


def decide(low: float, high: float, budget: float, unseen: float = 0.0) -> Status:
    """Where the interval of the bad share lies against the budget; blindness never helps to hold."""
    if low > budget:
        return Status.DEVIATED
    if high <= budget and unseen <= UNSEEN_SHARE_MAX:
        return Status.HELD
    return Status.UNKNOWN


def _reason(
    *,
    status: Status,
    counts: Counts,
    interval: tuple[float, float],
    budget: float,
    share: Literal["good", "bad"],
    deff: float,
    unseen: float,
    alpha: float,
) -> str:
    low, high = interval if share == "bad" else (1 - interval[1], 1 - interval[0])
    number = counts.bad if share == "bad" else counts.total - counts.bad
    asked = f"at most {format_share(budget)}" if share == "bad" else f"at least {format_share(1 - budget)}"
    seen = f"{number:,.0f} of {counts.total:,.0f} events ({format_share(number / counts.total)}) were {share}"
    if deff > _WORTH_TELLING:
        seen += f", in bursts that make them worth {counts.total / deff:,.0f} independent ones"
    if status is Status.UNKNOWN and interval[1] <= budget:
        return f"{seen}, but {format_share(unseen)} of the window was not seen."
    if status is Status.UNKNOWN:
        between = f"between {format_share(low)} and {format_share(high)}"
        return f"{seen}: the share is {between}, so {asked} is neither shown nor refuted."
    at_most = (status is Status.HELD) == (share == "bad")
    sure = f"at most {format_share(high)}" if at_most else f"at least {format_share(low)}"
    return f"{seen}: with {confidence(alpha)} confidence {sure}, where {asked} is asked."
