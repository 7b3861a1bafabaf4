"""Verdicts of real runs against the truth: a shop with a fault dial, 60 short runs around the objective.

`seatrial run` from end to end, each time: Locust sends 300 requests a second to the shop, whose dial is set
to a known share of errors by a `command` action under a guardian, and set back by its undo. The objective is
`availability >= 98 %`, before and under the fault; the fault holds for 6 s. The seconds in which it begins
and ends belong to it and are partly healthy, so that the judged share is up to a seventh below the dial's.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from seatrial.journal.entries import StopKind
from seatrial.record import RunRecord, record_of
from seatrial.shop import Shop
from seatrial.store import Store
from seatrial.verdict.verdict import Outcome

TRUTHS = (0.0, 0.005, 0.01, 0.015, 0.03, 0.05)
ALLOWED = 0.02
RUNS_EACH = 10
AT_ONCE = 3
"""Runs side by side, each with a shop of its own: together less than one of two cores."""
RUN_S_MAX = 120.0


@dataclass(frozen=True)
class Ended:
    """One run and the truth it was about."""

    truth: float
    record: RunRecord

    @property
    def by_guard(self) -> bool:
        return self.record.stop is not None and self.record.stop[1].why is StopKind.GUARD

    @property
    def is_wrong(self) -> bool:
        outcome = self.record.verdict.outcome
        return outcome is (Outcome.FAILED if self.truth <= ALLOWED else Outcome.PASSED)


@contextmanager
def dial_of(shop: Shop) -> Iterator[str]:
    """A URL whose path sets the dial: `/0.015/7` is 1.5 % of errors by the dice of seed 7."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, share, seed = self.path.split("/")
            shop.set_dial(error_share=float(share), seed=int(seed))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base's own name
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def experiment(shop: Shop, dial: str, truth: float, seed: int) -> dict[str, object]:
    turn = f"{sys.executable} -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' {dial}"
    return {
        "title": f"A dial at {truth}",
        "hypothesis": "The shop keeps its availability.",
        "slis": {"availability": {"load": "success_ratio", "objective": ">= 98%"}},
        "load": {"requests": [{"path": "/products"}], "host": shop.url, "rate": "300/s"},
        "baseline": "2 s",
        "faults": [
            {
                "action": "command",
                "with": {"run": f"{turn}/{truth}/{seed}", "undo": f"{turn}/0.0/{seed}"},
                "targets": {"host": {}},
                "for": "6 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        "recover_within": "10 s",
        "settle": "1 s",
    }


def run_one(shop: Shop, dial: str, truth: float, seed: int) -> Ended:
    """One `seatrial run` in a process of its own, and its record, from its journal."""
    with tempfile.TemporaryDirectory(prefix="seatrial-end-to-end-") as name:
        folder = Path(name)
        (folder / "experiment.json").write_text(json.dumps(experiment(shop, dial, truth, seed)))
        command = [sys.executable, "-m", "seatrial", "run", str(folder / "experiment.json")]
        ended = subprocess.run(
            [*command, "--runs", str(folder / "runs"), "--seed", str(seed)],
            env=os.environ | {"SEATRIAL_LOCKS": str(folder / "locks")},
            capture_output=True,
            text=True,
            timeout=RUN_S_MAX,
            check=False,
        )
        runs = list(Store(folder / "runs").runs())
        if not runs:
            sys.exit(f"a run did not begin, exit code {ended.returncode}: {ended.stderr}")
        record = record_of(runs[0].journal())
        if record.verdict.exit_code != ended.returncode:
            sys.exit(f"exit code {ended.returncode}, but the journal says {record.verdict.exit_code}")
        return Ended(truth, record)


def all_runs() -> list[Ended]:
    """Every truth in turn, so that a busy minute of the machine falls on all of them."""
    wanted = [(truth, number) for number in range(RUNS_EACH) for truth in TRUTHS]
    shops: SimpleQueue[tuple[Shop, str]] = SimpleQueue()

    def take(one: tuple[int, tuple[float, int]]) -> Ended:
        seed, (truth, _) = one
        shop, dial = shops.get()
        try:
            return run_one(shop, dial, truth, seed + 1)
        finally:
            shops.put((shop, dial))

    with shops_with_dials(AT_ONCE) as ready, ThreadPoolExecutor(AT_ONCE) as pool:
        for each in ready:
            shops.put(each)
        return list(pool.map(take, enumerate(wanted)))


@contextmanager
def shops_with_dials(count: int) -> Iterator[list[tuple[Shop, str]]]:
    """So many shops, each with the URL of its dial."""
    if not count:
        yield []
        return
    with Shop(dial=True) as shop, dial_of(shop) as dial, shops_with_dials(count - 1) as others:
        yield [(shop, dial), *others]


def row(truth: float, ended: list[Ended]) -> str:
    outcomes = Counter(one.record.verdict.outcome for one in ended)
    other = len(ended) - sum(outcomes[one] for one in (Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE))
    cells = (
        f"{truth:.1%}",
        "pass" if truth <= ALLOWED else "fail",
        len(ended),
        outcomes[Outcome.PASSED],
        outcomes[Outcome.FAILED],
        sum(one.by_guard for one in ended),
        outcomes[Outcome.INCONCLUSIVE],
        other,
        f"**{sum(one.is_wrong for one in ended)}**",
    )
    return f"| {' | '.join(map(str, cells))} |"


def main() -> str:
    ended = all_runs()
    rows = [row(truth, [one for one in ended if one.truth == truth]) for truth in TRUTHS]
    wrong = sum(one.is_wrong for one in ended)
    unclear = Counter(
        one.record.verdict.reasons[0].partition(":")[0]
        for one in ended
        if one.record.verdict.outcome is Outcome.INCONCLUSIVE
    )
    told = "; ".join(f"{count} x {reason}" for reason, count in unclear.most_common())
    return "\n".join(
        [
            "| truth | right answer | runs | passed | failed | by a guard | inconclusive | other | wrong |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"{wrong} of {len(ended)} decisions were wrong. Inconclusive: {told or 'none'}.",
        ]
    )
