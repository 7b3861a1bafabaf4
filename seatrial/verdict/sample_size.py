"""Before the run: can an objective be decided with this rate and window, and what would suffice?

For a budget of bad events, with the exact interval of `interval`:

    samples_needed     all good, so many events are just enough to hold        59 at 5 %, 299 at 1 %
    samples_for_power  from so many on, 9 of 10 runs at half the budget hold  554 at 5 %, 2,784 at 1 %
    held_below         with the samples expected, 9 of 10 runs hold up to this bad share
    deviated_above     and 9 of 10 runs deviate from this bad share on; between both, the answer is open

The last three are multiplied by what the design effect costs: with independent failures 1.3 in a window of
60 s, 1.6 in 20 s, 1.05 in 300 s, so 9 of 10 are 9 of 10 of the rule that judges. With bursts, more.
"""

from collections.abc import Callable
from math import ceil, exp, floor, inf, log, log1p

from seatrial.model.record import Record
from seatrial.verdict.confidence import ALPHA
from seatrial.verdict.counts import Counts
from seatrial.verdict.design_effect import DesignEffect, effect_by_chance
from seatrial.verdict.interval import clopper_pearson, deciding_counts
from seatrial.verdict.relative_ratio import ratio_interval
from seatrial.verdict.window import WINDOW

POWER = 0.9
"""How often the right answer should be given, of all runs."""


class Decidability(Record):
    """Whether a run can decide one objective, in numbers. None: no number would do, or none is known."""

    decidable: bool
    """Whether the objective can be shown to hold at all, if everything goes well."""
    samples_expected: int
    """Events or readings in the window."""
    samples_needed: int | None
    """The fewest with which the objective can hold."""
    window_s_needed: float | None
    """How long those take at the planned rate."""
    rate_per_s_needed: float | None
    """The rate that gives them in the planned window."""
    samples_for_power: int | None = None
    """So many that a system at half the budget holds in 9 of 10 runs."""
    held_below: float | None = None
    """The bad share up to which 9 of 10 runs hold."""
    deviated_above: float | None = None
    """The bad share from which on 9 of 10 runs deviate: the smallest harm that is seen."""


def samples_needed(budget: float, alpha: float = ALPHA) -> int | None:
    """The fewest events that show a bad share of at most `budget`, 0 to 1, if not one of them is bad.

    None: no number would do. In closed form, for every plan asks, and scipy takes a second to import.
    """
    if budget >= 1:  # whatever happens is within it
        return 1
    return ceil(log(alpha / 2) / log1p(-budget) - 1e-9) if budget else None


def ratio_decidability(
    budget: float, rate_per_s: float, window_s: float, *, alpha: float = ALPHA, deff: float | None = None
) -> Decidability:
    """Of a ratio objective whose bad share may be `budget`, 0 to below 1.

    `deff`: the design effect expected of failures, as seen in earlier runs (None: as of independent ones,
    read each second). It does not concern `samples_needed`, for what never fails does not fail in bursts.
    ValueError: a budget outside [0, 1), a rate or window not above 0.
    """
    _check(budget, rate_per_s, window_s)
    expected = floor(rate_per_s * window_s + 1e-9)
    needed = samples_needed(budget, alpha)
    if needed is None:
        return _answer(expected, None, rate_per_s, window_s)
    deff = effect_by_chance(floor(window_s), alpha) if deff is None else deff
    below, above = _seen_shares(expected, budget, alpha, deff)
    return _answer(expected, needed, rate_per_s, window_s).model_copy(
        update={
            "samples_for_power": ceil(_samples_for_power(budget, alpha) * deff),
            "held_below": below,
            "deviated_above": above,
        }
    )


def latency_decidability(
    quantile: float, rate_per_s: float, window_s: float, *, alpha: float = ALPHA, deff: float | None = None
) -> Decidability:
    """Of `p95 < T`: a ratio over T with a budget of 1 - quantile; the shares are those above T."""
    return ratio_decidability(round(1 - quantile, 12), rate_per_s, window_s, alpha=alpha, deff=deff)


def relative_latency_decidability(
    quantile: float, rate_per_s: float, window_s: float, *, alpha: float = ALPHA, deff: float | None = None
) -> Decidability:
    """Of `p95 <= 2x baseline`: enough durations in the shorter of both windows for a whole interval.

    How small a change is seen depends on how widely durations spread, which only a baseline can tell:
    see `smallest_factor`.
    """
    _check(1 - quantile, rate_per_s, window_s)
    expected = floor(rate_per_s * window_s + 1e-9)
    deff = effect_by_chance(floor(window_s), alpha) if deff is None else deff
    budget = round(1 - quantile, 12)

    def is_enough(samples: int) -> bool:
        return None not in deciding_counts(samples, budget, alpha, DesignEffect(deff, deff))

    return _answer(expected, _least(is_enough), rate_per_s, window_s)


def relative_ratio_decidability(
    baseline_share: float, factor: float, rate_per_s: float, window_s: float, *, alpha: float = ALPHA
) -> Decidability:
    """Of `error_ratio <= 2x baseline`, at a known bad share in the baseline and windows of one length.

    Decidable: a system that is no worse than its baseline can be shown to hold. Without an error in the
    baseline, or with a factor of 1 or less, it never can.
    """
    _check(baseline_share, rate_per_s, window_s)
    expected = floor(rate_per_s * window_s + 1e-9)
    if not baseline_share or factor <= 1:
        return _answer(expected, None, rate_per_s, window_s)

    def is_enough(samples: int) -> bool:
        counts = Counts(baseline_share * samples, samples)
        same = (baseline_share, *clopper_pearson(counts, alpha))
        high = ratio_interval(same, same)[1]
        return high is not None and high <= factor

    return _answer(expected, _least(is_enough), rate_per_s, window_s)


def readings_decidability(interval_s: float, window_s: float, window: int = WINDOW) -> Decidability:
    """Of a value objective read every `interval_s`: at least one whole window of N-of-M readings."""
    _check(0, 1 / interval_s, window_s)
    return _answer(floor(window_s / interval_s + 1e-9), window, 1 / interval_s, window_s)


def smallest_factor(value: float, high: float, alpha: float = ALPHA) -> float:
    """The smallest true change of a quantile against its baseline that 9 of 10 runs see as a change.

    From the multiple of the baseline and the upper end of its interval that an A/A run has shown
    (`judge_relative_latency`): half the interval, and the part that keeps 9 of 10 runs beyond it.
    """
    from scipy.special import ndtri

    half = log(high / value)
    return exp(half * (1 + float(ndtri(POWER) / ndtri(1 - alpha / 2))))


def _check(share: float, rate_per_s: float, window_s: float) -> None:
    """ValueError: a share outside [0, 1), a rate or window not above 0."""
    if not 0 <= share < 1 or rate_per_s <= 0 or window_s <= 0:
        raise ValueError(f"{share} at {rate_per_s}/s for {window_s} s cannot be planned")


def _answer(expected: int, needed: int | None, rate_per_s: float, window_s: float) -> Decidability:
    return Decidability(
        decidable=needed is not None and expected >= needed,
        samples_expected=expected,
        samples_needed=needed,
        window_s_needed=None if needed is None else needed / rate_per_s,
        rate_per_s_needed=None if needed is None else needed / window_s,
    )


def _samples_for_power(budget: float, alpha: float) -> int:
    """The fewest samples from which on POWER of the runs at half the budget hold.

    Each number of failures is still good enough from some number of samples on. Just before the next one is,
    the fewest runs keep to it; from the first number where even these are enough, all are.
    """
    from scipy.special import bdtr

    failures, samples = 0, _samples_to_hold(0, budget, alpha)
    while True:
        following = _samples_to_hold(failures + 1, budget, alpha)
        if bdtr(failures, following - 1, budget / 2) >= POWER:
            return samples
        failures, samples = failures + 1, following


def _samples_to_hold(failures: int, budget: float, alpha: float) -> int:
    """The fewest samples with which so many failures still hold."""
    from scipy.special import bdtr

    return _least(lambda samples: samples > failures and bool(bdtr(failures, samples, budget) <= alpha / 2))


def _seen_shares(
    expected: int, budget: float, alpha: float, deff: float
) -> tuple[float | None, float | None]:
    """The bad shares at which POWER of the runs hold, and deviate."""
    from scipy.special import betaincinv

    total = expected / deff
    most, beyond = deciding_counts(total, budget, alpha) if expected else (None, None)
    below = None if most is None else float(betaincinv(floor(most) + 1, total - floor(most), 1 - POWER))
    worst = inf if beyond is None else floor(beyond) + 1
    above = float(betaincinv(worst, total - worst + 1, POWER)) if worst <= total else None
    return below, above


def _least(is_enough: Callable[[int], bool]) -> int:
    """The least whole number from 1 that is enough, where every larger one is."""
    high = 1
    while not is_enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
