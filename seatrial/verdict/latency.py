"""A latency objective, `p95 < 300 ms`, judged as a ratio: bad is slower than 300 ms, the budget 5 %.

The interval reported is that of the quantile itself, from the ranks that the same rule leaves open, so
that interval and status agree: held when its upper end is within the limit, deviated when its lower end
is beyond.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seatrial.model.units import format_share
from seatrial.verdict.confidence import ALPHA, confidence
from seatrial.verdict.counts import Counts, Second, share_unseen, total_of
from seatrial.verdict.decision import Decision
from seatrial.verdict.design_effect import BATCHES, design_effect
from seatrial.verdict.interval import clopper_pearson
from seatrial.verdict.ratio import decide
from seatrial.verdict.spectrum import durations_in, quantile_interval
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram

    from seatrial.durations import Durations

RULE = "Clopper-Pearson with the design effect, of the share over the threshold"


def judge_latency(
    seconds: Sequence[Second],
    histogram: "Durations | HdrHistogram",
    quantile: float,
    threshold_ms: float,
    *,
    alpha: float = ALPHA,
    batches: Sequence[int] = BATCHES,
) -> Decision:
    """Decide whether the quantile (0.95 for p95) is within `threshold_ms`.

    `seconds`: (durations above the threshold, durations) of each reading in order, None where nothing could
    be seen. `histogram`: all those durations. Value and interval are milliseconds; an end is None where so
    few events leave it open. ValueError: a quantile outside (0, 1).
    """
    if not 0 < quantile < 1:
        raise ValueError(f"{quantile} is not a quantile between 0 and 1")
    counts = total_of(seconds)
    budget = round(1 - quantile, 12)
    durations = durations_in(histogram)
    if not counts.total or not durations.total:
        return Decision(
            status=Status.UNKNOWN, unit="ms", samples=0, rule=RULE, reason="No durations were seen."
        )
    deff = design_effect(seconds, alpha, batches)
    status = decide(*clopper_pearson(counts, alpha, deff), budget, share_unseen(seconds))
    low, high = quantile_interval(durations, quantile, alpha, deff)
    value = durations.quantile_ms(quantile)
    return Decision(
        status=status,
        unit="ms",
        value=value,
        low=low,
        high=high,
        samples=int(counts.total),
        rule=RULE,
        reason=_reason(
            status=status,
            value=value,
            interval=(low, high),
            quantile=quantile,
            threshold_ms=threshold_ms,
            counts=counts,
            unseen=share_unseen(seconds),
            alpha=alpha,
        ),
    )


def _reason(
    *,
    status: Status,
    value: float,
    interval: tuple[float | None, float | None],
    quantile: float,
    threshold_ms: float,
    counts: Counts,
    unseen: float,
    alpha: float,
) -> str:
    low, high = interval
    name = f"p{quantile * 100:.10g}"
    seen = (
        f"{name} was {value:.4g} ms; {counts.bad:,.0f} of {counts.total:,.0f} durations "
        f"({format_share(counts.share)}) were above {threshold_ms:.4g} ms"
    )
    sure = f"with {confidence(alpha)} confidence {name} is"
    if status is Status.HELD and high is not None:
        return f"{seen}: {sure} at most {high:.4g} ms."
    if status is Status.DEVIATED and low is not None:
        return f"{seen}: {sure} at least {low:.4g} ms."
    if high is not None and high <= threshold_ms:
        return f"{seen}, but {format_share(unseen)} of the window was not seen."
    below = "open below" if low is None else f"at least {low:.4g} ms"
    above = "open above" if high is None else f"at most {high:.4g} ms"
    return (
        f"{seen}: {name} is {below} and {above}, so below {threshold_ms:.4g} ms is neither shown nor refuted."
    )
