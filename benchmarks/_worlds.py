"""Simulated services whose true bad share is known: what the benchmarks of the verdicts judge."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

RATE_PER_S = 50
SPREAD = 0.05
"""Overdispersed: the correlation of two events of one second; the variance is 3.5 times the binomial."""
BURST_S = 5
BURST_SHARE = 0.25
"""Bursty: bursts of 5 s in the mean in which a quarter of all events is bad, and none between them."""

Bad = NDArray[np.int64]
"""Bad events of RATE_PER_S: a row a run, a column a second."""
World = Callable[[Generator, float, int, int], Bad]
"""(generator, true share, runs, seconds) -> counts."""


def iid(rng: Generator, share: float, runs: int, seconds: int) -> Bad:
    return rng.binomial(RATE_PER_S, share, (runs, seconds))


def overdispersed(rng: Generator, share: float, runs: int, seconds: int) -> Bad:
    """Every second has a share of its own (beta-binomial)."""
    weight = 1 / SPREAD - 1
    shares = rng.beta(share * weight, (1 - share) * weight, (runs, seconds))
    return rng.binomial(RATE_PER_S, shares)


def bursty(rng: Generator, share: float, runs: int, seconds: int) -> Bad:
    """A Markov chain of good and bad seconds, in its long-run state from the first."""
    bad_time = share / BURST_SHARE
    enter = bad_time / (1 - bad_time) / BURST_S
    states = np.zeros((runs, seconds), bool)
    is_bad = rng.random(runs) < bad_time
    for second in range(seconds):
        states[:, second] = is_bad
        draw = rng.random(runs)
        is_bad = np.where(is_bad, draw > 1 / BURST_S, draw < enter)
    return rng.binomial(RATE_PER_S, np.where(states, BURST_SHARE, 0.0))


def percent(share: float) -> str:
    return "0" if share == 0 else f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
