"""Guards against the truth: how often they stop a healthy run, and how soon a sick one.

Limit 1 % of bad events, 50 events a second, a look every second, at most 300 looks; a chance of a false stop
of 1 % a run is asked for. Seatrial's rows are `EProcess` and `Consecutive` as shipped.
"""

from collections.abc import Callable
from statistics import median

import numpy as np

from benchmarks._worlds import RATE_PER_S, Bad, World, bursty, iid, overdispersed, percent
from seatrial.verdict.e_process import Consecutive, EProcess

RUNS = 5_000
SEED = 5
LIMIT = 0.01
LOOKS = 300
HEALTHY_S = 150

Look = Callable[[int], bool]
"""Takes the bad events of one second; True: stop."""


def e_process() -> Look:
    guard = EProcess(LIMIT, alpha=0.01)
    return lambda bad: guard.update(bad, RATE_PER_S)


def in_a_row() -> Look:
    guard = Consecutive(3)
    return lambda bad: guard.update(bad <= LIMIT * RATE_PER_S)


def threshold() -> Look:
    return lambda bad: bad > LIMIT * RATE_PER_S


GUARDS: dict[str, Callable[[], Look]] = {
    "**Seatrial: betting e-process**": e_process,
    "1 s window > 1 %": threshold,
    "3 in a row > 1 %": in_a_row,
}


def stopped_after(make: Callable[[], Look], bad: list[int]) -> int | None:
    """The look that stopped the run, from 1; None: none did."""
    look = make()
    return next((number for number, events in enumerate(bad, 1) if look(events)), None)


def false_stops(make: Callable[[], Look], world: World, share: float) -> str:
    runs = world(np.random.default_rng(SEED), share, RUNS, LOOKS).tolist()
    return percent(sum(stopped_after(make, run) is not None for run in runs) / RUNS)


def detection(make: Callable[[], Look], share: float, healthy_s: int = 0) -> str:
    """Median and 95th percentile of the seconds, of the runs that were not stopped before it began."""
    rng = np.random.default_rng(SEED)
    before: Bad = iid(rng, LIMIT / 2, RUNS, healthy_s)
    runs = np.hstack([before, iid(rng, share, RUNS, LOOKS)]).tolist()
    looks = (stopped_after(make, run) or LOOKS + healthy_s for run in runs)
    seconds = sorted(look - healthy_s for look in looks if look > healthy_s)
    if len(seconds) < RUNS // 2:
        return "stopped before"
    return f"{median(seconds):.0f} ({seconds[int(0.95 * len(seconds))]})"


def row(title: str, make: Callable[[], Look]) -> str:
    cells = [
        false_stops(make, iid, LIMIT / 2),
        false_stops(make, iid, LIMIT),
        false_stops(make, overdispersed, LIMIT),
        false_stops(make, bursty, LIMIT),
        *(detection(make, share) for share in (0.05, 0.2, 1.0)),
        detection(make, 0.2, HEALTHY_S),
    ]
    return f"| {title} | " + " | ".join(cells) + " |"


def main() -> str:
    return "\n".join(
        [
            f"{RUNS:,} runs a cell. Seconds to the stop: median (95th percentile).",
            "",
            "| guard | false stops at 0.5 % | at 1 % | at 1 %, overdispersed | at 1 %, bursty "
            f"| 5 % bad | 20 % bad | 100 % bad | 20 % after {HEALTHY_S} healthy s |",
            "|---|---|---|---|---|---|---|---|---|",
            *(row(title, make) for title, make in GUARDS.items()),
            "",
            "Bursty at 1 %: within a burst a quarter of all events is bad for seconds, and the guard is "
            "right to stop: its promise is for a system at its limit in every second, not only in the mean.",
        ]
    )


if __name__ == "__main__":
    print(main())
