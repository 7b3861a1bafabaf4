"""Faults that outlive their run: SIGKILL at every step and at random moments, beside Chaos Toolkit.

*Steps*: the processes are killed right before or after each line of the journal, at the border to the
operating system. *Random*: from outside, at any moment from the guardian's readiness to the end; for
`chaos run`, from its start to its end. *Kill to undone* counts random kills that found the fault in place.
"""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from benchmarks._paused import chaos_run, is_paused, quantiles, victim
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from seatrial.testing.strikes import STEPS, Role, Step, kill_at

RANDOM: Final = 25
"""For each of the two, so fifty an action."""
RANDOM_PEER: Final = 20
AT_ONCE: Final = 5
LASTS_S: Final = 3.0
"""About how long a run goes on after the guardian's readiness."""
CHAOS_LASTS_S: Final = 3.0
HOLD_S: Final = 1.8
SETTLE_S: Final = 5.0
BOTH: Final[tuple[Role, ...]] = ("runner", "guardian")
ALL: Final[tuple[Role, ...]] = (*BOTH, "fuse")


@dataclass(frozen=True)
class Fault:
    """A fault in the words of both tools, and a look at the world that asks neither."""

    name: str
    targets: dict[str, JsonValue]
    arguments: dict[str, JsonValue]
    inject: str
    revert: str
    is_there: Callable[[], bool]


@dataclass
class Tally:
    """What came of some kills."""

    kills: int = 0
    found: int = 0
    """How many found the fault in place."""
    leaks: int = 0
    took_s: list[float] | None = None

    def add(self, found: bool, left: bool, took_s: float | None) -> None:
        self.kills += 1
        self.found += found
        self.leaks += left
        if took_s is not None:
            self.took_s = [*(self.took_s or []), took_s]


def main() -> str:
    rows = ["| | fault | killed | kills | with the fault in place | leaks | kill to undone p50 | p99 |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for name in ("process.pause", "command"):
        rows.append(line("Seatrial", name, "runner, every step", at_steps(name, ("runner",))))
        rows.append(line("Seatrial", name, "runner, random", at_random(name, ("runner",))))
        rows.append(line("Seatrial", name, "runner and guardian, every step", at_steps(name, BOTH)))
        rows.append(line("Seatrial", name, "runner and guardian, random", at_random(name, BOTH)))
        rows.append(line("Seatrial", name, "all three, every step, then `rollback`", at_steps(name, ALL)))
        rows.append(line("`chaos run`, always", name, "its process, random", chaos(name)))
    return "\n".join(rows)


def line(tool: str, fault: str, killed: str, tally: Tally) -> str:
    took = quantiles(tally.took_s or [])
    return f"| {tool} | {fault} | {killed} | {tally.kills} | {tally.found} | {tally.leaks} | {took} |"


def at_steps(name: str, roles: Sequence[Role]) -> Tally:
    def once(step: Step) -> tuple[bool, bool, float | None]:
        return seatrial(name, roles, step, 0.0)

    return _tally(once, STEPS)


def at_random(name: str, roles: Sequence[Role]) -> Tally:
    chance = random.Random(7)

    def once(moment_s: float) -> tuple[bool, bool, float | None]:
        return seatrial(name, roles, None, moment_s)

    return _tally(once, [chance.uniform(0, LASTS_S) for _ in range(RANDOM)])


def chaos(name: str) -> Tally:
    chance = random.Random(7)

    def once(moment_s: float) -> tuple[bool, bool, float | None]:
        with tempfile.TemporaryDirectory() as folder, victim() as pid:
            fault = _fault(name, pid, Path(folder))
            with chaos_run(Path(folder), _in_chaos(fault), ["--rollback-strategy", "always"]) as process:
                threading.Event().wait(moment_s)
                found = fault.is_there()
                process.kill()
                process.wait()
                left, took_s = _await_gone(fault, time.monotonic())
                return found, left, took_s if found and not left else None

    return _tally(once, [chance.uniform(0, CHAOS_LASTS_S) for _ in range(RANDOM_PEER)])


def _tally(once: Callable[[Any], tuple[bool, bool, float | None]], moments: Sequence[Any]) -> Tally:
    tally = Tally()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(once, moments):
            tally.add(*result)
    return tally


def seatrial(
    name: str, roles: Sequence[Role], step: Step | None, moment_s: float
) -> tuple[bool, bool, float | None]:
    """Was the fault there at the kill, is it left, and how long it took to be undone."""
    with tempfile.TemporaryDirectory() as folder, victim() as pid:
        fault = _fault(name, pid, Path(folder))
        file = small_experiment(fault.name, fault.targets, fault.arguments, hold_s=HOLD_S)
        strike = kill_at(step, roles) if step is not None else None
        with LiveRun(Path(folder) / "run", file, strike=strike) as live:
            live.await_entry("guardian_ready" if step is None else "run_started")
            found, took_s = False, None
            if step is None:
                threading.Event().wait(moment_s)
                found = fault.is_there()
                killed_s = live.kill(*roles)
                _, took_s = _await_gone(fault, killed_s)
            live.exit_code()
            if step is not None:
                found = fault.is_there()
            live.await_over()
            if set(roles) == set(ALL):
                live.command("rollback", "--all")
            return found, fault.is_there(), took_s if found else None


def _await_gone(fault: Fault, since_s: float) -> tuple[bool, float]:
    """Whether it is left after a while, and how long it took to go."""
    never = threading.Event()
    while fault.is_there() and time.monotonic() < since_s + SETTLE_S:
        never.wait(0.002)
    return fault.is_there(), time.monotonic() - since_s


def _fault(name: str, pid: int, folder: Path) -> Fault:
    if name == "process.pause":
        stop, go_on = f"kill -STOP {pid}", f"kill -CONT {pid}"
        return Fault(name, {"process": {"pid": pid}}, {}, stop, go_on, lambda: is_paused(pid))
    path = folder / "fault"
    lines: dict[str, JsonValue] = {
        "run": f"touch {path}",
        "undo": f"rm -f {path}",
        "verify": f"test ! -e {path}",
    }
    return Fault(name, {"host": {}}, lines, str(lines["run"]), str(lines["undo"]), path.exists)


def _in_chaos(fault: Fault) -> dict[str, Any]:
    def activity(name: str, text: str) -> dict[str, Any]:
        provider = {"type": "process", "path": "/bin/sh", "arguments": ["-c", text]}
        return {"type": "action", "name": name, "provider": provider}

    inject = activity("inject", fault.inject) | {"pauses": {"after": HOLD_S}}
    return {
        "title": fault.name,
        "description": fault.name,
        "method": [inject],
        "rollbacks": [activity("revert", fault.revert)],
    }


if __name__ == "__main__":
    print(main())
