"""From a burst of errors to the guard that sees it: how long, and how often a guard stops a healthy service.

Three targets with 50 requests a second together, scraped at phases of their own, read every second by the
rounds that a run uses; the guard asks for 99 % and may falsely stop one run in a hundred. Repeating what was
said last at every look is what happens to a guard on `rate()` that is asked each second.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles

import numpy as np

from benchmarks._worlds import percent
from seatrial.reading import Ratio
from seatrial.series.asked import Asked
from seatrial.series.increments import EVERYTHING, Key, Scrape
from seatrial.series.readings import reading_of
from seatrial.series.rounds import Rounds
from seatrial.verdict.e_process import EProcess

SEED = 9
TARGETS = 3
RATE_PER_S = 50
LIMIT, ALPHA = 0.01, 0.01
BURST_AT_S = 60.0
SHOWN_FROM = 0.05
BURSTS = 200
HEALTHY_RUNS = 400
HEALTHY_S = 300
OK: Key = ("requests_total", (("code", "200"),))
BAD: Key = ("requests_total", (("code", "500"),))
ASKED = Asked.model_validate({"good": 'requests_total{code!~"5.."}', "total": "requests_total"})


@dataclass(frozen=True)
class Target:
    good: list[float]
    bad: list[float]
    phase_s: float

    def scrape(self, t_s: float) -> Scrape:
        counts = {OK: {EVERYTHING: 100.0 + bisect_right(self.good, t_s)}}
        errors = bisect_right(self.bad, t_s)
        return Scrape(t_s, counts | ({BAD: {EVERYTHING: float(errors)}} if errors else {}))


def targets(
    chance: np.random.Generator, seconds: float, every_s: float, *, usual: float, burst: float, at_s: float
) -> list[Target]:
    """Each with its events, of which a share is bad: the usual one, and from a moment on that of a burst."""
    made = []
    for _ in range(TARGETS):
        count = chance.poisson(RATE_PER_S / TARGETS * seconds)
        moments = np.sort(chance.uniform(0, seconds, count))
        is_bad = chance.random(count) < np.where(moments < at_s, usual, burst)
        made.append(Target(list(moments[~is_bad]), list(moments[is_bad]), float(chance.uniform(0, every_s))))
    return made


def looks(
    made: list[Target], seconds: float, every_s: float, poll_phase_s: float
) -> Iterator[tuple[float, Ratio | None]]:
    """What is read at each look, one a second."""
    rounds, due = Rounds(ASKED.is_whole), [one.phase_s for one in made]
    for number in range(int(seconds)):
        now_s = number + poll_phase_s
        for index, one in enumerate(made):
            while due[index] <= now_s:
                rounds.take(str(index), one.scrape(due[index]))
                due[index] += every_s
        done = rounds.complete(now_s, 2 * every_s + 2) if number > every_s else None
        reading = reading_of(ASKED, done, now_s=now_s, source="") if done is not None else None
        yield now_s, reading if isinstance(reading, Ratio) else None


def delays_s(
    chance: np.random.Generator, every_s: float, share: float, *, direct: bool
) -> tuple[float, float]:
    """From the burst to the reading that shows it, and to the guard, which has been at work for a while."""
    seconds = BURST_AT_S + 40 * every_s + 10
    made = targets(chance, seconds, every_s, usual=0.001, burst=share, at_s=BURST_AT_S)
    poll_phase_s = float(chance.uniform(0, 1))
    if direct:  # they are scraped in the moment of the look
        made = [Target(one.good, one.bad, poll_phase_s) for one in made]
    guard, shown_s = EProcess(LIMIT, ALPHA), float("inf")
    for now_s, reading in looks(made, seconds, every_s, poll_phase_s):
        if now_s < BURST_AT_S / 2 or reading is None:
            continue
        if reading.bad > SHOWN_FROM * reading.total and now_s > BURST_AT_S:
            shown_s = min(shown_s, now_s - BURST_AT_S)
        if guard.update(reading.bad, reading.total):
            return shown_s, now_s - BURST_AT_S
    return shown_s, float("inf")


def is_stopped(chance: np.random.Generator, every_s: float, *, repeating: bool) -> bool:
    """Whether a service that is exactly at the limit is stopped within the run."""
    made = targets(chance, HEALTHY_S, every_s, usual=LIMIT, burst=LIMIT, at_s=0.0)
    guard, last = EProcess(LIMIT, ALPHA), None
    for _, reading in looks(made, HEALTHY_S, every_s, float(chance.uniform(0, 1))):
        last = reading or (last if repeating else None)
        if last is not None and guard.update(last.bad, last.total):
            return True
    return False


def main() -> str:
    chance = np.random.default_rng(SEED)
    rows = [
        "| read | 100 % bad is shown after: median (p95), s | and stops the run | 20 % bad stops the run "
        "| false stops at 1 % bad in 300 s | with the last reading repeated each second |",
        "|---|---|---|---|---|---|",
    ]
    for name, every_s in (
        ("`openmetrics`, each second", 1.0),
        ("`prometheus`, scraped every 1 s", 1.0),
        ("`prometheus`, scraped every 5 s", 5.0),
        ("`prometheus`, scraped every 15 s", 15.0),
    ):
        whole, fifth = (
            [delays_s(chance, every_s, share, direct="open" in name) for _ in range(BURSTS)]
            for share in (1.0, 0.2)
        )
        stops = [
            sum(is_stopped(chance, every_s, repeating=repeating) for _ in range(HEALTHY_RUNS))
            for repeating in (False, True)
        ]
        delays = [[one[0] for one in whole], [one[1] for one in whole], [one[1] for one in fifth]]
        told = [f"{median(each):.1f} ({quantiles(each, n=20)[-1]:.1f})" for each in delays]
        told += [percent(count / HEALTHY_RUNS) for count in stops]
        rows.append(f"| {name} | {' | '.join(told)} |")
    return "\n".join(rows)
