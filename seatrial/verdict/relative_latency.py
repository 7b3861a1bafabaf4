"""`p95 <= 2x baseline`: two quantiles against each other.

The standard error of ln(quantile) on each side is Woodruff's: the durations at the ranks one standard
error of the share above and below the quantile, apart by the burstiness of the durations beyond it.

    se = (ln X[n q + z s] - ln X[n q - z s]) / 2z      s = sqrt(n q (1-q) deff), z = 0.994
    d  = ln q_fault - ln q_baseline                     h = z_alpha * sqrt(se_fault^2 + se_baseline^2)

    held: d + h <= ln factor        deviated: d - h > ln factor        else unknown

Woodruff, "Confidence intervals for medians and other position measures", JASA 47 (1952). The design effect
takes the place of a t-interval over the quantiles of six batches; simulated, both err alike
(`benchmarks/relative.py`), and this one also works for windows too short for six batches.
"""

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from seatrial.verdict.counts import UNSEEN_SHARE_MAX, share_unseen
from seatrial.verdict.decision import Decision
from seatrial.verdict.design_effect import BATCHES, design_effect
from seatrial.verdict.interval import ALPHA
from seatrial.verdict.spectrum import Spectrum
from seatrial.verdict.status import Status

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram

RULE = "Woodruff's interval with the design effect, of the ratio of quantiles"
_Z_WOODRUFF = 0.9944578832
"""The normal quantile of 0.84: ranks about one standard error away."""
BEYOND_MIN = 5
"""Independent events beyond the quantile, on each side, below which nothing is decided."""


class _Side(NamedTuple):
    value_ms: float
    error: float
    """The standard error of ln(value)."""
    samples: int
    independent: float
    unseen: float


def judge_relative_latency(
    baseline: Sequence["HdrHistogram | None"],
    fault: Sequence["HdrHistogram | None"],
    quantile: float,
    factor: float,
    *,
    alpha: float = ALPHA,
    batches: Sequence[int] = BATCHES,
) -> Decision:
    """Decide whether the quantile under fault is at most `factor` times that of the baseline.

    Both sides: a histogram a reading (second) in order, None where nothing could be seen. Value and interval
    are multiples of the baseline. ValueError: a quantile outside (0, 1), a factor not above 0.
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
    return _compare(before, during, quantile, factor, alpha)


def _compare(before: _Side, during: _Side, quantile: float, factor: float, alpha: float) -> Decision:
    from scipy.special import ndtri

    ratio = during.value_ms / before.value_ms
    half = float(ndtri(1 - alpha / 2)) * sqrt(before.error**2 + during.error**2)
    low, high = ratio * exp(-half), ratio * exp(half)
    name = f"p{quantile * 100:.10g}"
    seen = f"{name} went from {before.value_ms:.4g} ms to {during.value_ms:.4g} ms, {ratio:.3g}x the baseline"
    beyond = min(before.independent, during.independent) * min(quantile, 1 - quantile)
    unseen = max(before.unseen, during.unseen)
    status = Status.UNKNOWN
    between = f"{seen}; with {100 * (1 - alpha):.3g} % confidence {low:.3g}x to {high:.3g}x"
    if beyond < BEYOND_MIN:
        reason = f"{seen}, from too few independent durations beyond it: {beyond:.2g} of {BEYOND_MIN} needed."
    elif low > factor:
        status, reason = Status.DEVIATED, f"{between}, above {factor:.4g}x."
    elif high > factor:
        reason = f"{between}, so at most {factor:.4g}x is neither shown nor refuted."
    elif unseen > UNSEEN_SHARE_MAX:
        reason = f"{between}, but {100 * unseen:.3g} % of a window was not seen."
    else:
        status, reason = Status.HELD, f"{between}, within {factor:.4g}x."
    return Decision(
        status=status,
        unit="x baseline",
        value=ratio,
        low=low,
        high=high,
        samples=during.samples,
        rule=RULE,
        reason=reason,
    )


def _side(
    histograms: Sequence["HdrHistogram | None"], quantile: float, alpha: float, batches: Sequence[int]
) -> _Side | None:
    from seatrial.histogram import count_above

    known = [histogram for histogram in histograms if histogram is not None]
    spectrum = Spectrum(known) if known else None
    if spectrum is None or not spectrum.total:
        return None
    value = spectrum.quantile(quantile)
    seconds = [
        None if one is None else (count_above(one, value), int(one.get_total_count())) for one in histograms
    ]
    deff = design_effect(seconds, alpha, batches)
    step = _Z_WOODRUFF * sqrt(spectrum.total * quantile * (1 - quantile) * deff)
    centre = quantile * spectrum.total
    above, below = spectrum.at_rank(round(centre + step)), spectrum.at_rank(round(centre - step))
    return _Side(
        value_ms=value,
        error=(log(above) - log(below)) / (2 * _Z_WOODRUFF),
        samples=spectrum.total,
        independent=spectrum.total / deff,
        unseen=share_unseen(seconds),
    )
