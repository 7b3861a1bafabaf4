"""A real `seatrial run` in a process of its own: followed by its journal, struck from outside or within."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from pydantic import JsonValue

from seatrial.record import RunRecord, record_of
from seatrial.store import Run, Store
from seatrial.targets import process as processes
from seatrial.testing.strikes import Role
from seatrial.testing.warm import SABOTEUR, Warm, WarmRun

_LOOK_S: Final = 0.001

T = TypeVar("T")


@dataclass
class LiveRun:
    """One run, from its start. Leaves no process behind when it is closed."""

    folder: Path
    """Everything of it lies here: the experiment file, its store, its locks, what it said."""
    file: Mapping[str, JsonValue]
    packs: Sequence[Path] = ()
    options: Sequence[str] = ()
    """More of the command line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    strike: Mapping[str, JsonValue] | None = None
    """What happens to it from within: `strikes.kill_at`, `strikes.fail_at`."""
    prefix: Sequence[str] = ()
    """A command that runs it: `setpriv`, `prlimit`."""
    terminal: IO[bytes] | None = None
    """The other end of a pseudo-terminal, which becomes its controlling terminal and takes what it says."""
    warm: Warm | None = None
    """What it is forked from; without it, it is started as users start it."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = Store(self.folder / "runs")
        self._known = {run.id for run in self.store.runs()}
        self._run: Run | None = None
        path = self.folder / "experiment.json"
        path.write_text(json.dumps(self.file))
        self._said = (self.folder / "said.txt").open("ab")
        self._heard = os.fstat((self.terminal or self._said).fileno())
        """What it says is written there; kept, for a test may close its terminal."""
        packs = [part for pack in self.packs for part in ("--pack", str(pack))]
        arguments = ["run", str(path), "--runs", str(self.store.root), *packs, *self.options]
        self.process = self._start(arguments)

    def _start(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes] | WarmRun":
        if self.warm is not None:
            return self.warm.start(arguments, self._said.fileno(), self._environment())
        return subprocess.Popen(
            [*self.prefix, *seatrial(*arguments)],
            stdin=subprocess.DEVNULL,
            stdout=self.terminal or self._said,
            stderr=self.terminal or self._said,
            env=self._environment(),
            start_new_session=True,
            preexec_fn=self._take_terminal if self.terminal else None,  # noqa: PLW1509  nothing but an ioctl
        )

    def _environment(self) -> dict[str, str]:
        given = {**os.environ, "SEATRIAL_LOCKS": str(self.folder / "locks"), **self.environment}
        if self.strike is not None:
            given["SEATRIAL_SABOTAGE"] = json.dumps(self.strike)
            given["PYTHONPATH"] = os.pathsep.join(filter(None, (str(SABOTEUR), given.get("PYTHONPATH", ""))))
        return given

    @staticmethod
    def _take_terminal() -> None:
        fcntl.ioctl(1, termios.TIOCSCTTY, 0)

    def __enter__(self) -> "LiveRun":
        return self

    def __exit__(self, *_: object) -> None:
        pids = self.pids() if self._run is not None else {"runner": self.process.pid}
        for pid in pids.values():
            _kill(pid, signal.SIGKILL)
        self.process.wait()
        self._said.close()

    @property
    def said(self) -> str:
        """All that it wrote to stdout and stderr."""
        return (self.folder / "said.txt").read_text(errors="replace")

    @property
    def run(self) -> Run:
        """Its folder in the store, once it is there."""
        if self._run is None:
            self._run = self._await(self._find, "its journal")
        return self._run

    def _find(self) -> Run | None:
        return next(
            (run for run in self.store.runs() if run.id not in self._known and self._begun(run)), None
        )

    @staticmethod
    def _begun(run: Run) -> bool:
        return run.journal_path.stat().st_size > 0

    def entries(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The entries that stand in its journal now, each with its `t_s`."""
        whole = self.run.journal_path.read_bytes().rpartition(b"\n")[0].splitlines()
        lines = [json.loads(line) for line in whole]
        return [
            {**line["entry"], "t_s": line["t_s"]} for line in lines if kind in (None, line["entry"]["kind"])
        ]

    def await_entry(self, kind: str, nth: int = 1, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait until the n-th entry of a kind is there."""

        def look() -> dict[str, Any] | None:
            found = self.entries(kind)
            return found[nth - 1] if len(found) >= nth else None

        return self._await(look, f"the entry {kind!r}", timeout_s)

    def await_phase(self, phase: str) -> None:
        """Wait until a phase has begun."""
        self._await(
            lambda: any(entry["phase"] == phase for entry in self.entries("phase_started")) or None,
            f"the phase {phase!r}",
        )

    def _await(self, look: Callable[[], T | None], what: str, timeout_s: float = 30.0) -> T:
        never, deadline = threading.Event(), time.monotonic() + timeout_s
        while (found := look()) is None:
            if time.monotonic() > deadline or self.process.poll() not in (None, -signal.SIGKILL):
                found = look()  # it may have ended just after that
                assert found is not None, f"{what} did not come; the run said:\n{self.said}"
                return found
            never.wait(_LOOK_S)
        return found

    def pids(self) -> dict[Role, int]:
        """Those of its processes that are alive."""
        found: dict[Role, int] = {"runner": self.process.pid}
        for entry in self.entries("guardian_ready"):
            found |= {"guardian": entry["guardian"]["pid"], "fuse": entry["fuse"]["pid"]}
        for target in processes.all_targets(lambda line: str(self.run.folder) in line):
            if "seatrial.guardian" in target.argv:  # before the journal tells of it; its workers come later
                found.setdefault("guardian", target.pid)
        return {role: pid for role, pid in found.items() if processes.start_ticks(pid) is not None}

    def kill(self, *roles: Role, number: signal.Signals = signal.SIGKILL) -> float:
        """Signal these, one right after the other; CLOCK_MONOTONIC at that moment."""
        pids = self.pids()
        for role in roles:
            if role in pids:
                _kill(pids[role], number)
        return time.monotonic()

    def exit_code(self, timeout_s: float = 60.0) -> int:
        """Wait for the runner's end."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no end within {timeout_s:g} s; the run said:\n{self.said}") from None

    def await_over(self, timeout_s: float = 60.0) -> None:
        """Wait until nobody is at it any more: runner, guardian, fuse, their workers."""
        deadline = time.monotonic() + timeout_s
        while pids := self._at_it():
            for pid in pids:
                gone = processes.wait_until_gone(pid, deadline - time.monotonic())
                assert gone, f"{pid} did not end within {timeout_s:g} s; the run said:\n{self.said}"
        self.process.wait()

    def _at_it(self) -> list[int]:
        """All that can speak for this run: forks have no command line of their own."""
        found = []
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if entry.isdigit() and os.path.samestat(os.stat(f"/proc/{entry}/fd/2"), self._heard):  # noqa: PTH116  a path would be resolved
                    found.append(int(entry))
        return [pid for pid in found if pid != os.getpid()]

    def undone_after_s(self, moment_s: float) -> float | None:
        """From this moment of CLOCK_MONOTONIC to the last undo after it; None where nothing was open then."""
        (started,) = self.entries("run_started")
        began_s: float = started["began_monotonic_s"]
        applied = [one for one in self.entries("applied") if began_s + one["t_s"] <= moment_s]
        undone: list[float] = [began_s + one["t_s"] for one in self.entries("undone")]
        if not applied or not undone or max(undone) <= moment_s:
            return None
        return max(undone) - moment_s

    def record(self) -> RunRecord:
        """What its journal tells, chain and all."""
        return record_of(self.run.journal())

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of Seatrial with the same store and locks."""
        return subprocess.run(
            [*seatrial(*arguments), "--runs", str(self.store.root)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "SEATRIAL_LOCKS": str(self.folder / "locks"), **self.environment},
            timeout=120,
            check=False,
        )


def seatrial(*arguments: str) -> list[str]:
    """A command line of this Seatrial."""
    return [sys.executable, "-m", "seatrial", *arguments]


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
