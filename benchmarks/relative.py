"""Verdicts against a baseline: `p95 <= 2x baseline` and `error_ratio <= 2x baseline`, with the truth known.

60 s of baseline and 60 s under fault, 50 events a second. Latencies are lognormal (sigma 0.5); where they are
autocorrelated, the level of each second follows the one before (correlation 0.8, 15 % spread). Seatrial's
rows are `judge_relative_latency` and `judge_relative_ratio` as shipped. The rule of six batches is the
t-interval of the mean of ln p95 over six batches of 10 s a side, or Woodruff's interval where that is wider.
"""

from collections.abc import Callable
from math import ceil, log, sqrt

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks._worlds import RATE_PER_S, Bad, World, bursty, iid, overdispersed, percent
from seatrial.histogram import of_counts
from seatrial.verdict.relative_latency import judge_relative_latency
from seatrial.verdict.relative_ratio import judge_relative_ratio
from seatrial.verdict.status import Status

LATENCY_RUNS = 500
RATIO_RUNS = 2_000
SEED = 6
FACTOR = 2.0
QUANTILE = 0.95
SECONDS = 60
READING_S = 5
"""Histograms of 5 s, not of 1 s, for speed: batches of 5 and 10 s, as shipped but for those of 1 s."""

Latencies = NDArray[np.float64]
"""Milliseconds: a row a second, a column an event."""
LatencyRule = Callable[[Latencies, Latencies], Status]


def latencies(rng: Generator, scale: float, spread: float) -> Latencies:
    level = np.zeros(SECONDS)
    level[0] = rng.normal()
    for second in range(1, SECONDS):
        level[second] = 0.8 * level[second - 1] + 0.6 * rng.normal()
    noise = rng.normal(0, 0.5, (SECONDS, RATE_PER_S))
    return 50 * scale * np.exp(noise + spread * level[:, None])


def histograms(window: Latencies) -> list[HdrHistogram | None]:
    readings = np.round(window.reshape(SECONDS // READING_S, -1) * 1000).astype(int)
    return [
        of_counts(dict(zip(*map(np.ndarray.tolist, np.unique(one, return_counts=True)), strict=True)))
        for one in readings
    ]


def seatrial_latency(baseline: Latencies, fault: Latencies) -> Status:
    return judge_relative_latency(
        histograms(baseline), histograms(fault), QUANTILE, FACTOR, batches=(1, 2)
    ).status


def six_batches(baseline: Latencies, fault: Latencies) -> Status:
    from scipy.special import stdtrit

    sides = [_six(np.log(side)) for side in (baseline, fault)]
    difference = sides[1][0] - sides[0][0] - log(FACTOR)
    half = max(
        1.645 * sqrt(sides[0][1] + sides[1][1]),
        float(stdtrit(5, 0.95)) * sqrt(sides[0][2] + sides[1][2]),
    )
    return _three_way(difference, half)


def _six(window: Latencies) -> tuple[float, float, float]:
    """ln p95, Woodruff's variance, the variance of the mean over six batches."""
    ordered = np.sort(window, axis=None)
    step = 0.9945 * sqrt(ordered.size * QUANTILE * (1 - QUANTILE))
    centre = QUANTILE * ordered.size
    error = (ordered[round(centre + step) - 1] - ordered[round(centre - step) - 1]) / 1.989
    batches = np.sort(window.reshape(6, -1), axis=1)
    quantiles = batches[:, ceil(QUANTILE * batches.shape[1]) - 1]
    return float(ordered[ceil(centre) - 1]), float(error**2), float(quantiles.var(ddof=1) / 6)


def point_ratio(baseline: Latencies, fault: Latencies) -> Status:
    p95 = [float(np.quantile(side, QUANTILE)) for side in (baseline, fault)]
    return Status.HELD if p95[1] <= FACTOR * p95[0] else Status.DEVIATED


def single_probe(baseline: Latencies, fault: Latencies) -> Status:
    """One request at the end, against the baseline's p95."""
    limit = FACTOR * float(np.quantile(baseline, QUANTILE))
    return Status.HELD if fault[-1, -1] <= limit else Status.DEVIATED


def _three_way(difference: float, half: float) -> Status:
    if difference + half <= 0:
        return Status.HELD
    return Status.DEVIATED if difference - half > 0 else Status.UNKNOWN


LATENCY_RULES: dict[str, LatencyRule] = {
    "**Seatrial**": seatrial_latency,
    "six batches": six_batches,
    "point ratio": point_ratio,
    "one probe at the end": single_probe,
}


def latency_rows(name: str, spread: float) -> list[str]:
    answers: dict[str, list[str]] = {title: [] for title in LATENCY_RULES}
    for change in (1.5, 2.0, 2.3):
        rng = np.random.default_rng(SEED)
        runs = [(latencies(rng, 1, spread), latencies(rng, change, spread)) for _ in range(LATENCY_RUNS)]
        for title, rule in LATENCY_RULES.items():
            answers[title] += cells([rule(*run) for run in runs])
    return [f"| {name} | {title} | " + " | ".join(answers[title]) + " |" for title in LATENCY_RULES]


def cells(statuses: list[Status]) -> list[str]:
    return [f"{percent(statuses.count(s) / len(statuses))}" for s in (Status.HELD, Status.DEVIATED)]


def ratio_row(name: str, world: World, share: float) -> str:
    rng = np.random.default_rng(SEED)

    def seconds(counts: list[int]) -> list[tuple[int, int] | None]:
        return [(bad, RATE_PER_S) for bad in counts]

    found: list[str] = []
    for change in (1.0, 2.0, 4.0):
        baselines: Bad = world(rng, share, RATIO_RUNS, SECONDS)
        faults: Bad = world(rng, share * change, RATIO_RUNS, SECONDS)
        pairs = zip(baselines.tolist(), faults.tolist(), strict=True)
        found += cells([judge_relative_ratio(seconds(b), seconds(f), FACTOR).status for b, f in pairs])
    return f"| {name} | {percent(share)} | " + " | ".join(found) + " |"


def main() -> str:
    return "\n".join(
        [
            f"p95, {LATENCY_RUNS:,} runs a cell, by the true multiple; the rest is inconclusive:",
            "",
            "| latencies | rule | held at 1.5x | deviated | held at 2x | deviated "
            "| held at 2.3x | deviated |",
            "|---|---|" + "---|" * 6,
            *latency_rows("independent", 0.0),
            *latency_rows("autocorrelated", 0.15),
            "",
            f"Error ratio, {RATIO_RUNS:,} runs a cell, by the bad share of the baseline:",
            "",
            "| events | baseline | held at 1x | deviated | held at 2x | deviated | held at 4x | deviated |",
            "|---|---|" + "---|" * 6,
            *(ratio_row("independent", iid, share) for share in (0.0005, 0.005, 0.02, 0.1)),
            *(ratio_row("overdispersed", overdispersed, share) for share in (0.02, 0.1)),
            ratio_row("bursty", bursty, 0.02),
        ]
    )


if __name__ == "__main__":
    print(main())
