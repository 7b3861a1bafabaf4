"""What a Chaos Toolkit experiment costs beside its activities: `seatrial run` beside `chaos run`

Started in turn, after one start of each that does not count. Trivial: one probe before and after, one action,
no rollback. With a rollback: the same and one rollback, so that Seatrial has a guardian before the action.
200 activities: Python functions that return at once. Seatrial's time holds its reports and verdict as well.
The Chaos Toolkit runs as it is installed by itself, without what reads vaults.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._chaos import CHAOS

ROUNDS = 7
BIN = Path(sys.executable).parent
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


def took_ms(command: Sequence[str], file: Path, folder: Path) -> float:
    """Of one run; one that fails proves nothing."""
    begin_s = time.monotonic()
    done = subprocess.run(
        [BIN / command[0], *command[1:], file], cwd=folder, capture_output=True, text=True, check=False
    )
    took_s = time.monotonic() - begin_s
    if done.returncode != 0:
        sys.exit(f"`{command[0]}` failed: {done.stdout}{done.stderr}")
    return took_s * 1000


def row(name: str, file: Path, folder: Path) -> str:
    for command in COMMANDS.values():
        took_ms(command, file, folder)
    rounds = [[took_ms(command, file, folder) for command in COMMANDS.values()] for _ in range(ROUNDS)]
    ours, theirs = zip(*rounds, strict=True)
    ratios = sorted(mine / other for mine, other in rounds)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    medians = f"{statistics.median(ours):.0f} | {statistics.median(theirs):.0f}"
    return f"| {name} | {medians} | {statistics.median(ratios):.2f} | {spread} |"


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
    head = "| experiment | `seatrial run`, ms | `chaos run`, ms | in a pair | all |\n|---|--:|--:|--:|--:|"
    return "\n".join([head, *rows, "", f"{ROUNDS} rounds; times are medians, the last two columns ratios."])


if __name__ == "__main__":
    print(main())
