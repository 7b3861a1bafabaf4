"""`p95 <= 2x baseline`: two quantiles against each other.

Each side's quantile has an interval of its own (`quantile_interval`), with the design effect of the durations
beyond it. Both make up that of the ratio, on the scale of logarithms (MOVER: Zou and Donner, "Construction of
confidence limits about effect measures", Statist. Med. 27 (2008)):

    d    = ln fault - ln baseline
    low  = d - sqrt((ln fault - ln fault_low)^2  + (ln baseline_high - ln baseline)^2)
    high = d + sqrt((ln fault_high - ln fault)^2 + (ln baseline - ln baseline_low)^2)

    held: high <= ln factor        deviated: low > ln factor        else unknown

Simulated beside a t-interval over the quantiles of six batches, it errs alike (`benchmarks/relative.py`); it
also works for windows too short for six batches, and where a fault leaves durations of two kinds.
"""

from collections.abc import Sequence
from math import exp, hypot, log
from typing import TYPE_CHECKING, NamedTuple

from seatrial.durations import Durations
from seatrial.verdict.confidence import ALPHA, confidence
from seatrial.verdict.counts import UNSEEN_SHARE_MAX, share_unseen
from seatrial.verdict.decision import Decision
from seatrial.verdict.design_effect import BATCHES, INDEPENDENT, design_effect
from seatrial.verdict.spectrum import durations_in, quantile_interval, value_before
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram

    Readings = Sequence["Durations | HdrHistogram | None"]

RULE = "MOVER ratio of two order-statistic intervals with the design effect"


class _Side(NamedTuple):
    value_ms: float
    low_ms: float | None
    high_ms: float | None
    samples: int
    unseen: float


def judge_relative_latency(
    baseline: "Readings",
    fault: "Readings",
    quantile: float,
    factor: float,
    *,
    alpha: float = ALPHA,
    batches: Sequence[int] = BATCHES,
) -> Decision:
    """Decide whether the quantile under fault is at most `factor` times that of the baseline.

    Both sides: the durations of each reading (second) in order, None where nothing could be seen. Value and
    interval are multiples of the baseline; an end is None where so few events leave it open. ValueError: a
    quantile outside (0, 1), a factor not above 0.
    """
    if not 0 < quantile < 1 or factor <= 0:
        raise ValueError(f"quantile {quantile} and factor {factor} are not an objective")
    before = _side(baseline, quantile, alpha, batches)
    during = _side(fault, quantile, alpha, batches)
    name = f"p{quantile * 100:.10g}"
    if before is None or during is None:
        missing = "the baseline" if before is None else "the fault window"
        return Decision(
            status=Status.UNKNOWN,
            unit="x baseline",
            samples=0 if during is None else during.samples,
            rule=RULE,
            reason=f"No durations were seen in {missing}, so {name} has nothing to be compared with.",
        )
    low, high = _ratio_interval(before, during)
    status = _decide(low, high, factor, max(before.unseen, during.unseen))
    return Decision(
        status=status,
        unit="x baseline",
        value=during.value_ms / before.value_ms,
        low=low,
        high=high,
        samples=during.samples,
        rule=RULE,
        reason=f"{name} {_reason(status, before, during, interval=(low, high), factor=factor, alpha=alpha)}",
    )


def _side(readings: "Readings", quantile: float, alpha: float, batches: Sequence[int]) -> _Side | None:
    each = [None if reading is None else durations_in(reading) for reading in readings]
    durations = Durations.sum(one for one in each if one is not None)
    if not durations.total:
        return None
    value = durations.quantile_ms(quantile)
    # Where many durations are alike, those beyond the quantile may all be in its own cell: look at both.
    deff = INDEPENDENT
    for threshold_ms in (value, value_before(durations, quantile)):
        seconds = [None if one is None else (one.above(threshold_ms), one.total) for one in each]
        deff = deff.or_larger(design_effect(seconds, alpha, batches))
    low, high = quantile_interval(durations, quantile, alpha, deff)
    return _Side(value, low, high, durations.total, share_unseen(each))


def _ratio_interval(before: _Side, during: _Side) -> tuple[float | None, float | None]:
    ratio = during.value_ms / before.value_ms
    low = high = None
    if during.low_ms is not None and before.high_ms is not None:
        low = ratio * exp(-hypot(log(during.value_ms / during.low_ms), log(before.high_ms / before.value_ms)))
    if during.high_ms is not None and before.low_ms is not None:
        high = ratio * exp(hypot(log(during.high_ms / during.value_ms), log(before.value_ms / before.low_ms)))
    return low, high


def _decide(low: float | None, high: float | None, factor: float, unseen: float) -> Status:
    if low is not None and low > factor:
        return Status.DEVIATED
    if high is not None and high <= factor and unseen <= UNSEEN_SHARE_MAX:
        return Status.HELD
    return Status.UNKNOWN


def _reason(
    status: Status,
    before: _Side,
    during: _Side,
    *,
    interval: tuple[float | None, float | None],
    factor: float,
    alpha: float,
) -> str:
    low, high = interval
    ratio = during.value_ms / before.value_ms
    seen = f"went from {before.value_ms:.4g} ms to {during.value_ms:.4g} ms, {ratio:.3g}x the baseline"
    sure = f"with {confidence(alpha)} confidence"
    if status is Status.HELD:
        return f"{seen}: {sure} at most {high:.3g}x, where at most {factor:.4g}x is asked."
    if status is Status.DEVIATED:
        return f"{seen}: {sure} at least {low:.3g}x, where at most {factor:.4g}x is asked."
    if high is not None and high <= factor:
        unseen = max(before.unseen, during.unseen)
        return f"{seen}, but {100 * unseen:.3g} % of a window was not seen."
    below = "open below" if low is None else f"at least {low:.3g}x"
    above = "open above" if high is None else f"at most {high:.3g}x"
    return f"{seen}: it is {below} and {above}, so at most {factor:.4g}x is neither shown nor refuted."
