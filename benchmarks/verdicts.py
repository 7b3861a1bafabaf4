"""Verdicts against the truth: how often a gate fails a healthy system and passes a sick one.

Budget 1 % of bad events, 50 events a second, a window of 60 s unless said. Wrong fail: a true share of 0.5 %
is called a failure. Wrong pass: a true share of 2 % passes. Seatrial's row is `judge_ratio` as shipped.
"""

from collections.abc import Callable

import numpy as np

from benchmarks._worlds import RATE_PER_S, Bad, World, bursty, iid, overdispersed, percent
from seatrial.verdict.counts import Counts
from seatrial.verdict.interval import clopper_pearson
from seatrial.verdict.ratio import decide, judge_ratio
from seatrial.verdict.status import Status

RUNS = 6_000
SEED = 4
BUDGET = 0.01
HEALTHY, LIMIT, SICK = 0.005, 0.01, 0.02

Rule = Callable[[np.random.Generator, list[int]], Status]


def seatrial(_: np.random.Generator, bad: list[int]) -> Status:
    return judge_ratio([(one, RATE_PER_S) for one in bad], BUDGET).status


def plain_interval(_: np.random.Generator, bad: list[int]) -> Status:
    return decide(*clopper_pearson(Counts(sum(bad), len(bad) * RATE_PER_S)), BUDGET)


def point_estimate(_: np.random.Generator, bad: list[int]) -> Status:
    return _threshold(sum(bad), len(bad) * RATE_PER_S)


def one_second(_: np.random.Generator, bad: list[int]) -> Status:
    return _threshold(bad[-1], RATE_PER_S)


def single_probe(rng: np.random.Generator, bad: list[int]) -> Status:
    """One request when the fault has been there for the whole window."""
    return _threshold(int(rng.random() < bad[-1] / RATE_PER_S), 1)


def _threshold(bad: int, total: int) -> Status:
    return Status.DEVIATED if bad > BUDGET * total else Status.HELD


RULES: dict[str, Rule] = {
    "**Seatrial**": seatrial,
    "Clopper-Pearson, no design effect": plain_interval,
    "point estimate": point_estimate,
    "one 1 s sample": one_second,
    "one probe at the end (Chaos Toolkit)": single_probe,
}


def shares(rule: Rule, rng: np.random.Generator, windows: Bad) -> dict[Status, float]:
    answers = [rule(rng, window) for window in windows.tolist()]
    return {status: answers.count(status) / len(answers) for status in Status}


def rows(name: str, world: World, seconds: int, rules: dict[str, Rule], runs: int = RUNS) -> list[str]:
    rng = np.random.default_rng(SEED)
    windows = {share: world(rng, share, runs, seconds) for share in (HEALTHY, LIMIT, SICK)}
    lines = []
    for title, rule in rules.items():
        healthy, limit, sick = (shares(rule, rng, windows[share]) for share in (HEALTHY, LIMIT, SICK))
        cells = (
            healthy[Status.DEVIATED],
            healthy[Status.UNKNOWN],
            limit[Status.DEVIATED],
            limit[Status.HELD],
            sick[Status.HELD],
            sick[Status.UNKNOWN],
        )
        lines.append(f"| {name} | {title} | " + " | ".join(percent(cell) for cell in cells) + " |")
    return lines


def unseen(world: World, seconds: int) -> float:
    """How many windows of a sick system hold no bad event at all."""
    windows = world(np.random.default_rng(SEED), SICK, RUNS, seconds)
    return float((windows.sum(axis=1) == 0).mean())


def outage_that_deviates(seconds: int) -> float:
    """Seconds of failing events in a row, from the tenth second on, that make a window deviate."""
    for bad in range(1, seconds * RATE_PER_S):
        whole, rest = divmod(bad, RATE_PER_S)
        window = [0] * 10 + [RATE_PER_S] * whole + [rest]
        window += [0] * (seconds - len(window))
        if judge_ratio([(one, RATE_PER_S) for one in window], BUDGET).status is Status.DEVIATED:
            return bad / RATE_PER_S
    raise AssertionError("even a window of failures did not deviate")


def main() -> str:
    lines = [
        f"{RUNS:,} runs a cell.",
        "",
        "| events | rule | wrong fail at 0.5 % | inconclusive at 0.5 % | fail at 1 % | pass at 1 % "
        "| wrong pass at 2 % | inconclusive at 2 % |",
        "|---|---|---|---|---|---|---|---|",
        *rows("independent", iid, 60, RULES),
        *rows("overdispersed", overdispersed, 60, RULES),
        *rows("bursty", bursty, 60, RULES),
        *rows("bursty, 5 min", bursty, 300, {"**Seatrial**": seatrial}, RUNS // 5),
        *rows("bursty, 15 min", bursty, 900, {"**Seatrial**": seatrial}, RUNS // 5),
    ]
    blind = ", ".join(f"{percent(unseen(bursty, s))} of those of {s // 60} min" for s in (60, 300, 900))
    lines += [
        "",
        f"Bursty at 2 %: {blind} hold no bad event at all. Such a window looks like that of a healthy system "
        "to any rule, so only the rest of the wrong passes is the rule's own; what helps is a window of many "
        "bursts. At 1 %, the limit itself, the interval allows an error of 5 % on either side.",
        "",
        "A single outage of everything is one burst: it makes a window of 60 s deviate when it lasts "
        f"{outage_that_deviates(60):.1f} s, and one of 20 s with {outage_that_deviates(20):.1f} s. Below, "
        "the answer is inconclusive, not held. A guard stops the run within 2 or 3 s of it.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(main())
