"""Each reversible action of the pack under SIGKILL: faults left at every step and at fifty random moments

The conformance kit of `seatrial.testing`, as the tests of the actions use it: the runner, or runner and
guardian at once, are killed right before or after each line of the journal; these, the guardian alone, and
both with the fuse at random moments. *Left*: a run after which the world was not as before, or whose journal
says so; where all three died, after `seatrial rollback`. *Not judged*: something else went wrong, such as a
test that ran out of time. *Undone*: random kills that found the fault in place, until the last undo was
verified, with the action's own time in it. `chaos run` with `rollbacks: always` is killed at random moments.

A class of tests that is through, with every run judged, stands in `results/leaks_by_action.jsonl`: a
benchmark that was stopped goes on there. Remove that file to begin anew.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from benchmarks._paused import quantiles
from benchmarks.leaks import chaos
from seatrial.testing.conformance.runs import MOMENTS_THOROUGH

AT_ONCE: Final = int(os.environ.get("AT_ONCE", "3"))
"""Files of tests; what the classes of one look at may be the same."""
LOAD_MAX: Final = float(os.environ.get("LOAD_MAX", str(4 * (os.cpu_count() or 1) + AT_ONCE)))
"""Above that a class is not begun."""
TESTS: Final = Path("tests/actions")
KEPT: Final = Path(__file__).parent / "results" / "leaks_by_action.jsonl"
LEFT: Final = ("the world is not as it was", "the journal says that")
"""In these words the kit tells of a fault that was left."""
PEER: Final = ("process.pause", "command")
KIT: Final = "ActionConformance"
HEADS: Final = ("one killed, undone p50", "p99", "both killed, undone p50", "p99")
_WRITING: Final = threading.Lock()


@dataclass
class Tally:
    """What came of one class of tests, or of all that try one action."""

    test: str
    action: str = ""
    steps: int = 0
    random: int = 0
    left: int = 0
    not_judged: int = 0
    alone_s: list[float] = field(default_factory=list)
    """From the death of the runner, or of the guardian, to all undone."""
    both_s: list[float] = field(default_factory=list)
    """From the death of both."""
    load: float = 0.0
    """Of this machine, over the last minute, at the end."""

    def add(self, other: "Tally") -> None:
        self.steps += other.steps
        self.random += other.random
        self.left += other.left
        self.not_judged += other.not_judged
        self.alone_s += other.alone_s
        self.both_s += other.both_s
        self.load = max(self.load, other.load)


def main() -> str:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        unclear = [tally for found in pool.map(go_on, test_classes().items()) for tally in found]
    return table([*_kept().values(), *unclear])


def go_on(file: tuple[Path, Sequence[str]]) -> list[Tally]:
    """Try the classes of one file that are not through; those with a run that could not be judged."""
    path, names = file
    unclear = []
    for name in names:
        if f"{path}::{name}" in _kept():
            continue
        _await_quiet()
        tally = tried(f"{path}::{name}")
        if tally.not_judged:
            unclear.append(tally)
            continue
        with _WRITING, KEPT.open("a") as kept:
            kept.write(json.dumps(asdict(tally)) + "\n")
    return unclear


def _await_quiet() -> None:
    """Where others keep this machine busy, deadlines say something of them."""
    while os.getloadavg()[0] > LOAD_MAX:
        threading.Event().wait(10)


def tried(test: str) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = [
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "junit_family=xunit1",
            "-m",
            "slow or not slow",
            "-k",
            "test_killed_at_random or (test_killed_at_a_step and runner and not fuse)",
        ]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, "--timeout=1800", f"--junitxml={report}", test],
            env={**os.environ, "SEATRIAL_EVERY_STEP": "1"},
            stdout=sys.stderr,
            check=False,
        )
        return tally_of(test, ElementTree.parse(report).iter("testcase"))


def tally_of(test: str, cases: Iterable[ElementTree.Element]) -> Tally:
    tally = Tally(test, load=os.getloadavg()[0])
    for case in cases:
        told = [(one.get("name"), one.get("value") or "") for one in case.iter("property")]
        tally.action = next((value for name, value in told if name == "action"), tally.action)
        if case.find("skipped") is not None:
            continue
        at_random = "random" in case.get("name", "")
        tally.random += MOMENTS_THOROUGH if at_random else 0
        tally.steps += not at_random
        if problem := (*case.iter("failure"), *case.iter("error")):
            is_left = any(words in (problem[0].get("message") or "") for words in LEFT)
            tally.left += is_left
            tally.not_judged += not is_left
        took_s = tally.both_s if "runner+guardian" in case.get("name", "") else tally.alone_s
        if "fuse" not in case.get("name", ""):
            took_s += [float(value) for name, value in told if name == "undone_after_s"]
    return tally


def test_classes() -> Mapping[Path, Sequence[str]]:
    """The classes of each file that are tried: those that derive from the kit, on any way."""
    found = {}
    for path in sorted(TESTS.glob("test_*.py")):
        bases = {
            one.name: [base.id for base in one.bases if isinstance(base, ast.Name)]
            for one in ast.parse(path.read_text()).body
            if isinstance(one, ast.ClassDef)
        }
        names = [name for name in bases if name.startswith("Test") and _derives(name, bases)]
        if names:
            found[path] = names
    return found


def _derives(name: str, bases: Mapping[str, Sequence[str]]) -> bool:
    return name == KIT or any(_derives(base, bases) for base in bases.get(name, ()))


def table(tallies: Iterable[Tally]) -> str:
    actions: defaultdict[str, Tally] = defaultdict(lambda: Tally(""))
    total = Tally("")
    for tally in tallies:
        if tally.steps:
            actions[tally.action].add(tally)
            total.add(tally)
    rows = [row(name, tally) for name, tally in sorted(actions.items())]
    rows.append(row(f"**all {len(actions)}**", total))
    for name in PEER:
        came = chaos(name)
        rows.append(f"| `chaos run`, {name} | - | {came.kills} | {came.leaks} | - | - | - | - | - |")
    heads = ("action", "killed at steps", "at random", "left", "not judged", *HEADS)
    lines = [f"| {' | '.join(heads)} |", "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    return "\n".join([*lines, *rows, "", f"At a load of up to {total.load:.0f} on {os.cpu_count()} cores."])


def row(name: str, tally: Tally) -> str:
    counts = f"{tally.steps} | {tally.random} | {tally.left} | {tally.not_judged}"
    return f"| {name} | {counts} | {quantiles(tally.alone_s)} | {quantiles(tally.both_s)} |"


def _kept() -> dict[str, Tally]:
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    tallies = [Tally(**json.loads(line)) for line in lines]
    return {tally.test: tally for tally in tallies}


if __name__ == "__main__":
    print(main())
