"""The interval of a quantile, from the ranks that the exact interval of a share leaves open."""

from typing import TYPE_CHECKING

from seatrial.durations import Durations
from seatrial.verdict.confidence import ALPHA
from seatrial.verdict.design_effect import INDEPENDENT, DesignEffect
from seatrial.verdict.interval import deciding_counts

if TYPE_CHECKING:
    from hdrh.histogram import HdrHistogram


def durations_in(spectrum: "Durations | HdrHistogram") -> Durations:
    """The durations themselves."""
    import numpy as np

    if isinstance(spectrum, Durations):
        return spectrum
    counts = np.ctypeslib.as_array(spectrum.counts)
    cells = counts.nonzero()[0]
    return Durations(cells, counts[cells].astype(np.int64))


def quantile_interval(
    durations: Durations, quantile: float, alpha: float = ALPHA, deff: DesignEffect = INDEPENDENT
) -> tuple[float | None, float | None]:
    """The ends in milliseconds, each wrong in at most alpha/2 of windows; None: so few events leave it open.

    Order statistics (David and Nagaraja, "Order Statistics", 3rd ed., 7.1); with a design effect, Woodruff,
    "Confidence intervals for medians and other position measures", JASA 47 (1952).
    """
    most, beyond = deciding_counts(durations.total, round(1 - quantile, 12), alpha, deff)
    low = None if beyond is None else durations.at_rank(durations.total - int(beyond))
    high = None if most is None else durations.at_rank(durations.total - int(most))
    return low, high


def value_before(durations: Durations, quantile: float) -> float:
    """The longest duration in milliseconds that is told apart from the quantile and below it; 0 of none."""
    seen = durations.counts.cumsum()
    cell = int(seen.searchsorted(quantile * durations.total - 1e-9))
    return durations.at_rank(int(seen[cell - 1])) if cell else 0.0
