"""`queue <= 2x baseline`: plain values against the median of the baseline's, decided by N of M readings."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status
from seatrial.verdict.window import BREACHES, WINDOW, judge_readings


def judge_relative_readings(
    baseline: Sequence[float | None],
    fault: Sequence[float | None],
    factor: float,
    breaches: int = BREACHES,
    window: int = WINDOW,
    *,
    worse: Literal["higher", "lower"] = "higher",
) -> Decision:
    """Decide whether values keep to `factor` times the baseline's median.

    Both sides: readings in order, None where unknown. `worse`: whether values above or below that bound
    miss the objective. The value reported is the fault window's median over the baseline's. Unknown where
    fewer than `window` baseline readings are known, or where a multiple of their median is no bound: a
    negative median, or a median of 0 that was not kept exactly. ValueError: a factor not above 0, or no
    N of M rule.
    """
    if factor <= 0:
        raise ValueError(f"{factor} times the baseline is not an objective")
    rule = f"{breaches} of {window} readings against the baseline's median"
    before = [value for value in baseline if value is not None]
    during = [value for value in fault if value is not None]
    if len(before) < window:
        reason = f"Only {len(before)} readings of the baseline are known; at least {window} are needed."
        return Decision(status=Status.UNKNOWN, samples=len(fault), rule=rule, reason=reason)
    middle = median(before)
    bound = factor * middle
    met = [
        None if value is None else value <= bound if worse == "higher" else value >= bound for value in fault
    ]
    counted = judge_readings(met, breaches, window)
    if middle < 0 or (middle == 0 and counted.status is Status.DEVIATED):
        reason = f"The baseline's median is {middle:.4g}, and a multiple of that is no bound."
        return Decision(status=Status.UNKNOWN, samples=len(fault), rule=rule, reason=reason)
    return counted.model_copy(
        update={
            "value": median(during) / middle if during and middle else None,
            "unit": "x baseline",
            "rule": rule,
            "reason": f"{factor:.4g}x the baseline's median of {middle:.4g} is {bound:.4g}. {counted.reason}",
        }
    )
