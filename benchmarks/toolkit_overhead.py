"""What a Chaos Toolkit experiment costs beside its activities: `seatrial run` beside `chaos run`

Started in turn, after one start of each that does not count. Trivial: one probe before and after, one action,
no rollback. With a rollback: the same and one rollback, so that Seatrial has a guardian before the action.
200 activities: Python functions that return at once. Seatrial's time holds its reports and verdict as well.
The Chaos Toolkit runs as it is installed by itself, without what reads vaults.
"""

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._chaos import CHAOS
from benchmarks._cost import BIN, cost

ROUNDS = 7
QUICK: dict[str, Any] = {"type": "python", "module": "copy", "func": "copy", "arguments": {"x": 1}}
PROBE = {"type": "probe", "name": "holds", "tolerance": 1, "provider": QUICK}
ACTION = {"type": "action", "name": "act", "provider": QUICK}
TITLES = {"title": "a try", "description": "of what it costs"}
HYPOTHESIS = {"steady-state-hypothesis": {"title": "holds", "probes": [PROBE]}}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "trivial": {**TITLES, **HYPOTHESIS, "method": [ACTION]},
    "with a rollback": {**TITLES, **HYPOTHESIS, "method": [ACTION], "rollbacks": [ACTION]},
    "200 activities": {
        **TITLES,
        **HYPOTHESIS,
        "method": [{**ACTION, "name": f"act {n}"} for n in range(200)],
    },
}
COMMANDS = {
    "seatrial": ("seatrial", "run"),
    "chaos": (*CHAOS, "--no-version-check", "--no-log-file", "run"),
}


def row(name: str, file: Path, folder: Path) -> str:
    commands = [(*command, str(file)) for command in COMMANDS.values()]
    for command in commands:
        cost(command, folder)
    rounds = [[cost(command, folder) for command in commands] for _ in range(ROUNDS)]
    ours, theirs = zip(*rounds, strict=True)
    walls = [statistics.median(one.wall_ms for one in side) for side in (ours, theirs)]
    cpus = [statistics.median(one.cpu_ms for one in side) for side in (ours, theirs)]
    ratios = sorted(mine.wall_ms / other.wall_ms for mine, other in rounds)
    cpu_ratio = statistics.median(mine.cpu_ms / other.cpu_ms for mine, other in rounds)
    return (
        f"| {name} | {walls[0]:.0f} | {walls[1]:.0f} | {statistics.median(ratios):.2f} "
        f"| {ratios[0]:.2f} to {ratios[-1]:.2f} | {cpus[0]:.0f} | {cpus[1]:.0f} | {cpu_ratio:.2f} |"
    )


def main() -> str:
    if not (BIN / "chaos").exists():
        sys.exit("Chaos Toolkit is not here: it comes with the dependency group `bench`")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SEATRIAL_LOCKS"] = str(folder / "locks")
        rows = []
        for title, experiment in EXPERIMENTS.items():
            file = folder / f"{title.replace(' ', '_')}.json"
            file.write_text(json.dumps(experiment))
            rows.append(row(title, file, folder))
    columns = ["experiment", "`seatrial run`, ms", "`chaos run`, ms", "in a pair", "all"]
    columns += ["CPU, ms", "CPU of `chaos run`, ms", "in a pair"]
    head = f"| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}"
    return "\n".join([head, *rows, "", f"{ROUNDS} rounds; times are medians, pairs are ratios."])


if __name__ == "__main__":
    print(main())
