"""A thousand targets: a thousand tiny processes are paused and let go on.

*Inject*: from the first intent to the last fault in place and seen. *Undo*: from the decision to the last one
verified. The memory is that of runner, guardian and all of their workers, without what they share.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil

from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment

COUNTS: Final = (250, 500, 1000)
HERD: Final = """
import os, signal, sys
for _ in range(int(sys.argv[2])):
    if os.fork() == 0:
        signal.pause()
        os._exit(0)
print("ready", flush=True)
signal.pause()
"""


@contextmanager
def herd(count: int) -> Iterator[str]:
    """So many processes that wait, and a mark in their command lines."""
    mark = f"herd-{uuid4().hex}"
    command = [sys.executable, "-I", "-S", "-c", HERD, mark, str(count)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield mark
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def measure(count: int) -> dict[str, float]:
    """Seconds, bytes and MiB of one run on so many targets."""
    with herd(count) as mark, tempfile.TemporaryDirectory() as folder:
        file = small_experiment(
            "process.pause", {"process": {"cmdline": mark}}, stages=[count], hold_s=6, title="many targets"
        )
        with LiveRun(Path(folder), file) as live:
            live.await_entry("effect_checked", count, timeout_s=60)
            memory_mib = own_memory_mib(live.pids().values())
            code = live.exit_code(120)
            assert code == 0, live.said[-2000:]
            live.await_over()
            intended, undo = live.entries("intended")[0]["t_s"], live.entries("undo_started")[0]["t_s"]
            return {
                "inject_s": live.entries("effect_checked")[-1]["t_s"] - intended,
                "undo_s": live.entries("undone")[-1]["t_s"] - undo,
                "journal_bytes": live.run.journal_path.stat().st_size,
                "memory_mib": memory_mib,
            }


def own_memory_mib(pids: Iterable[int]) -> float:
    seen: dict[int, int] = {}
    for pid in pids:
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            seen[process.pid] = process.memory_full_info().uss
    return sum(seen.values()) / 2**20


def main() -> str:
    rows = ["| targets | inject | undo | journal | memory |", "|---|---|---|---|---|"]
    for count in COUNTS:
        told = measure(count)
        kib = told["journal_bytes"] / 1024
        rows.append(
            f"| {count} | {told['inject_s']:.2f} s | {told['undo_s']:.2f} s | {kib:.0f} KiB | "
            f"{told['memory_mib']:.0f} MiB |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(main())
