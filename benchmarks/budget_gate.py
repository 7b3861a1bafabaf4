"""The budget gate against the truth: how often it blocks a service that keeps its promise, or lets one pass.

A promise of 99.9 % over 28 days, simulated minute by minute; half of all errors come one by one, half in
incidents of three minutes. First a service whose errors are 80 % of its budget in the long run, one whose
errors are 150 %, then one that burned at 60x for the last 20 minutes. Each gate is asked twice a day over 28
days. Shares of the questions that were answered wrongly. Seatrial's row is
`why_blocked` as shipped, keeping 10 % of the budget.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks._worlds import percent
from seatrial.budget.burn import Burn, burns, pairs_of, windows_of
from seatrial.budget.gate import why_blocked
from seatrial.budget.standing import Seen, Standing, standing
from seatrial.budget.window import span_at
from seatrial.slo.slo import Rolling, Slo, SloSource
from seatrial.verdict.counts import Counts

SERVICES = 24
SEED = 9
DAY_MIN = 24 * 60
WINDOW_MIN = 28 * DAY_MIN
RATES_PER_S = (0.01, 0.1, 1.0, 10.0)
INCIDENT_MIN = 3
INCIDENT_SHARE = 0.3
BURN = 60.0
KEEP = 0.1
SLO = Slo.model_validate(
    {
        "name": "answered",
        "good": "good_total",
        "total": "all_total",
        "objective": "99.9%",
        "window": Rolling.model_validate({"length": "28 d"}),
        "source": SloSource(file="", line=1, format="", sha256=""),
    }
)
BUDGET = 0.001
PAIRS = pairs_of(WINDOW_MIN * 60)

Minutes = NDArray[np.int64]
Gate = Callable[[Standing, tuple[Burn, ...]], bool]
"""Whether it blocks."""

GATES: dict[str, Gate] = {
    "**Seatrial**": lambda now, rates: bool(list(why_blocked(now, rates, 0.0, KEEP, None))),
    "less than 10 % left": lambda now, _: now.remaining is not None and now.remaining < KEEP,
    "the same, or a pair fires": lambda now, rates: (
        (now.remaining is not None and now.remaining < KEEP) or any(map(fires_at_its_point, rates))
    ),
}


def fires_at_its_point(burn: Burn) -> bool:
    both = (burn.long or 0.0, burn.short or 0.0)
    return min(both) > burn.factor


def service(rng: np.random.Generator, per_s: float, of_budget: float) -> tuple[Minutes, Minutes]:
    """Two windows of minutes, summed up from the beginning: bad events, and all."""
    minutes = 2 * WINDOW_MIN
    total = rng.poisson(per_s * 60, minutes)
    share = np.full(minutes, BUDGET * of_budget / 2)
    incidents = rng.random(minutes) < BUDGET * of_budget / 2 / (INCIDENT_MIN * INCIDENT_SHARE)
    for offset in range(INCIDENT_MIN):
        share[offset:][incidents[: minutes - offset]] = INCIDENT_SHARE
    bad = rng.binomial(total, share)
    return np.concatenate([[0], np.cumsum(bad)]), np.concatenate([[0], np.cumsum(total)])


def burning(rng: np.random.Generator, per_s: float) -> tuple[Minutes, Minutes]:
    """A healthy service that burns for the last 20 minutes before each question."""
    bad, total = service(rng, per_s, 0.2)
    each_bad, each = np.diff(bad), np.diff(total)
    for at in questions():
        each_bad[at - 20 : at] = rng.binomial(each[at - 20 : at], BURN * BUDGET)
    return np.concatenate([[0], np.cumsum(each_bad)]), total


def questions() -> range:
    """Minutes at which a gate is asked."""
    return range(WINDOW_MIN, 2 * WINDOW_MIN, DAY_MIN // 2)


def counts(bad: Minutes, total: Minutes, at: int, window_s: float) -> Counts:
    begin = at - max(1, round(window_s / 60))
    return Counts(float(bad[at] - bad[begin]), float(total[at] - total[begin]))


def asked(bad: Minutes, total: Minutes, at: int) -> tuple[Standing, tuple[Burn, ...]]:
    whole = counts(bad, total, at, WINDOW_MIN * 60)
    seen = Seen(bad=whole.bad, total=whole.total, covered_s=WINDOW_MIN * 60)
    now_s = 1.8e9 + at * 60
    found = standing(SLO, seen, span_at(SLO.window, now_s), now_s)
    return found, burns(PAIRS, {one: counts(bad, total, at, one) for one in windows_of(PAIRS)}, BUDGET)


def blocked(
    make: Callable[[np.random.Generator, float], tuple[Minutes, Minutes]], per_s: float
) -> list[float]:
    """The share of questions at which each gate blocks."""
    rng = np.random.default_rng(SEED)
    answers = [
        [gate(*now) for gate in GATES.values()]
        for bad, total in (make(rng, per_s) for _ in range(SERVICES))
        for now in (asked(bad, total, at) for at in questions())
    ]
    return [sum(column) / len(answers) for column in zip(*answers, strict=True)]


def main() -> str:
    worlds: dict[str, tuple[Callable[[np.random.Generator, float], tuple[Minutes, Minutes]], bool]] = {
        "blocks at 80 %": (lambda rng, per_s: service(rng, per_s, 0.8), True),
        "allows at 150 %": (lambda rng, per_s: service(rng, per_s, 1.5), False),
        "allows while burning": (burning, False),
    }
    columns = {
        f"{name}, {per_s:g}/s": [share if is_wrong_to_block else 1 - share for share in blocked(make, per_s)]
        for name, (make, is_wrong_to_block) in worlds.items()
        for per_s in RATES_PER_S
    }
    lines = [f"| gate | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for number, gate in enumerate(GATES):
        lines.append(f"| {gate} | {' | '.join(percent(shares[number]) for shares in columns.values())} |")
    return "\n".join(lines)
