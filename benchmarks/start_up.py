"""What a command costs before it does anything: `seatrial --version` beside `chaos --version`

Started in turn, from a folder that has nothing to do with either, after one start of each that does not
count. The Chaos Toolkit runs as it is installed by itself, without what reads vaults. Wall is from the start
of the process to its end; CPU is its own user and system time.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._chaos import CHAOS
from benchmarks._cost import BIN, Cost, cost

ROUNDS = 21
SMALL = """\
title: The service answers
hypothesis: Nothing is broken, so it answers.
slis:
  healthy: {http: "http://127.0.0.1:8080/health", objective: "status == 200"}
"""
COMMANDS = {
    "`seatrial --version`": ("seatrial", "--version"),
    "`chaos --version` (Chaos Toolkit)": (*CHAOS, "--version"),
    "`seatrial check` of a small file": ("seatrial", "check", "small.yaml"),
}


def row(name: str, costs: Sequence[Cost]) -> str:
    walls = sorted(one.wall_ms for one in costs)
    cpu_ms = statistics.median(one.cpu_ms for one in costs)
    return f"| {name} | {statistics.median(walls):.0f} | {walls[0]:.0f} to {walls[-1]:.0f} | {cpu_ms:.0f} |"


def main() -> str:
    if not (BIN / "chaos").exists():
        sys.exit("Chaos Toolkit is not here: it comes with the dependency group `bench`")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small.yaml").write_text(SMALL)
        for command in COMMANDS.values():
            cost(command, folder)
        rounds = [[cost(command, folder) for command in COMMANDS.values()] for _ in range(ROUNDS)]
    columns = list(zip(*rounds, strict=True))
    rows = [row(name, costs) for name, costs in zip(COMMANDS, columns, strict=True)]
    ratios = sorted(ours.wall_ms / theirs.wall_ms for ours, theirs, _ in rounds)
    head = "| command | median, ms | all, ms | CPU, ms |\n|---|--:|--:|--:|"
    paired = (
        f"{ROUNDS} rounds. In a pair, Seatrial takes {statistics.median(ratios):.2f} of Chaos Toolkit's time "
        f"(median; {ratios[0]:.2f} to {ratios[-1]:.2f})."
    )
    return "\n".join([head, *rows, "", paired])


if __name__ == "__main__":
    print(main())
