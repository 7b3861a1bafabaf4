"""Each reversible action of the pack under SIGKILL: faults left at every step and at fifty random moments

The conformance kit of `seatrial.testing`, as the tests of the actions use it: runner, guardian, both, or both
and the fuse are killed right before or after each line of the journal, and at random moments. *Left*: a run
after which the world was not as before, or its journal could not prove it; where all three died, after
`seatrial rollback`.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from seatrial.testing.conformance.runs import Runs

AT_ONCE = 6
"""A killed run mostly waits for deadlines."""
MOMENTS = 13


class Case(NamedTuple):
    """One test of the kit."""

    action: str
    runs: int
    at_random: bool
    left: bool


def main() -> str:
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case in cases():
        tally = tallies[case.action]
        tally["random" if case.at_random else "steps"] += case.runs
        tally["left"] += case.left
    rows = [f"| {name} | {t['steps']} | {t['random']} | {t['left']} |" for name, t in sorted(tallies.items())]
    sums = [sum(tally[key] for tally in tallies.values()) for key in ("steps", "random", "left")]
    total = f"| **{len(tallies)} actions** | {' | '.join(f'**{each}**' for each in sums)} |"
    head = "| action | killed at steps | killed at random | faults left |\n|---|--:|--:|--:|"
    return "\n".join([head, *rows, total])


def cases() -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-m", "slow or not slow", "-k", "test_killed_at", "-n", str(AT_ONCE)]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", "tests/actions"],
            env={**os.environ, "SEATRIAL_EVERY_STEP": "1"},
            stdout=sys.stderr,
            check=False,
        )
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                yield _case(case)


def _case(case: ElementTree.Element) -> Case:
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    at_random = case.get("name", "").startswith(Runs.test_killed_at_random_moments.__name__)
    left = case.find("failure") is not None or case.find("error") is not None
    return Case(str(told.get("action")), MOMENTS if at_random else 1, at_random, left)


if __name__ == "__main__":
    print(main())
