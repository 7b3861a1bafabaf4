"""A fault held by a run of its own: for a `chaos run`, which asks for it, and later for its end.

    chaos run ──request──▶ python -m seatrial.toolkit.held_run ──▶ an ordinary run: journal, locks, guardian
        ▲                       │  ends, and undoes, at SIGTERM, after its time, or when its owner has ended
        └──── on, or why not ───┘

So Seatrial's promises hold although somebody else drives: the fault does not outlive the `chaos run`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import anyio
from pydantic import JsonValue

from seatrial.errors import SeatrialError
from seatrial.files.experiment_file import ExperimentFile, read_document
from seatrial.files.problem import InvalidFile
from seatrial.journal.entries import Applied, EffectChecked, Entry, RunStarted, Undone, UndoResult
from seatrial.measure import Measure
from seatrial.model.base import Model
from seatrial.model.units import format_duration
from seatrial.pack import load_packs
from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from seatrial.probe import Probe
from seatrial.reading import Reading, Value
from seatrial.run.runner import Runner
from seatrial.store import Run, Store
from seatrial.targets import process as processes

EFFECT_WITHIN_S: Final = 3.0
ENDS_WITHIN_S: Final = 60.0
"""How long the end of a held run is waited for; its undo goes on all the same."""
_OWN: Final = "chaos run"


class Owner(Model):
    """The process whose end is the end of the fault: `chaos run` itself."""

    pid: int
    start_ticks: int

    @property
    def tag(self) -> str:
        """By which its runs are found again."""
        return f"{_OWN} {self.pid}.{self.start_ticks}"


class Request(Model):
    """What is to be held."""

    label: str
    """By which it is asked back."""
    fault: dict[str, JsonValue]
    """As in an experiment: action, targets, stages, with, for."""
    runs: Path
    owner: Owner


class Driven(Probe):
    """Says that all is well: what is judged here, somebody else judges."""

    name: ClassVar[str] = "driven"

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> Mapping[str, str]:
        return {"held": ""}

    async def read(self) -> Reading:
        return Value(values={"held": True})


def start(request: Request, environment: Mapping[str, str]) -> dict[str, Any]:
    """Hold a fault; returns once it is on: `run` and the labels of what it `hit`.

    `environment`: secrets for this fault alone. Raises SeatrialError where it could not be injected;
    then nothing is left of it.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "seatrial.toolkit.held_run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
        start_new_session=True,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        process.stdin.write(request.model_dump_json() + "\n")
        process.stdin.close()
        line = process.stdout.readline()
    told = json.loads(line) if line else {"failed": "the process that holds the fault has died"}
    if "failed" in told:
        process.wait()
        raise SeatrialError(told["failed"])
    process.returncode = 0  # it ends on its own, and is found by its journal
    return told


def end(store: Store, owner: Owner, label: str | None) -> list[dict[str, str]]:
    """End the runs of this owner, newest first, and tell what became of each target; idempotent.

    Raises SeatrialError, with all others ended, where something may still be there.
    """
    told: list[dict[str, str]] = []
    left: list[str] = []
    for run in reversed(_runs_of(store, owner, label)):
        _end(run)
        journal = run.journal()
        plan, open_ids = journal.started.plan, {undo.id for undo in journal.open_undos()}
        undone = {entry.id: entry for entry in journal.all(Undone)}
        for fault in plan.faults:
            for target in (t for t in fault.targets if t.id in undone or t.id in open_ids):
                result = undone[target.id].result if target.id in undone else UndoResult.FAILED
                told.append({"fault": fault.action, "target": target.target.label, "result": result.value})
        left += [run.id] * bool(open_ids)
    if left:
        raise SeatrialError(f"a fault may still be there: `seatrial rollback {left[0]}` tries again")
    return told


def _runs_of(store: Store, owner: Owner, label: str | None) -> list[Run]:
    found = []
    for run in store.runs():
        experiment = run.journal().started.plan.experiment if owner.tag.encode() in _head(run) else {}
        tags = experiment.get("tags")
        if isinstance(tags, list) and owner.tag in tags and label in (None, experiment.get("title")):
            found.append(run)
    return found


def _head(run: Run) -> bytes:
    """Its first line, which has the plan."""
    with run.journal_path.open("rb") as file:
        return file.readline()


def _end(run: Run) -> None:
    runner = run.journal().started.runner
    if runner.boot_id != processes.boot_id() or processes.start_ticks(runner.pid) != runner.start_ticks:
        return
    os.kill(runner.pid, signal.SIGTERM)
    processes.wait_until_gone(runner.pid, ENDS_WITHIN_S)


def main() -> None:
    """Hold one fault, as asked for on stdin; answer on stdout once it is on, or cannot be."""
    request = Request.model_validate_json(sys.stdin.readline())
    try:
        anyio.run(_hold, request)
    except InvalidFile as error:
        _say(failed="; ".join(f"{problem.message}: {problem.hint}" for problem in error.problems))
    except SeatrialError as error:
        _say(failed=error.message)


async def _hold(request: Request) -> None:
    file = _experiment(request)
    plan = make_plan(file)
    progress = _Progress(plan)
    runner = Runner(file, plan, Store(request.runs.resolve()), progress.take, _tell)
    reasons: tuple[str, ...] = ()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_follow, request.owner)
        tasks.start_soon(progress.tell)
        try:
            reasons = (await runner.run()).verdict.reasons
        except SeatrialError as error:
            reasons = (error.message,)
        tasks.cancel_scope.cancel()
    if not progress.was_on:
        _say(failed=reasons[0] if reasons else "the fault was never on")


def _experiment(request: Request) -> ExperimentFile:
    """The smallest experiment around the fault."""
    pack = load_packs(naming=[str(request.fault["action"])])
    return read_document(
        {
            "title": request.label,
            "hypothesis": "Whoever drives this fault judges what it does.",
            "tags": [_OWN, request.owner.tag],
            "slis": {"driven": {"driven": {}, "objective": "held == true"}},
            "interval": "100 ms",
            "baseline": "600 ms",
            "default_guards": False,
            "faults": [request.fault],
            "blast_radius": {"max_targets": 1_000_000, "max_share": "100%", "max_duration": "7 d"},
            "recover_within": "2 s",
            "settle": "200 ms",
        },
        "the fault's arguments",
        replace(pack, probes={**pack.probes, Driven.name: Driven}),
    )


class _Progress:
    """Follows the journal until the fault is on."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._targets = len(plan.faults[0].targets)
        self._applied = 0
        self._seen: list[bool | None] = []
        self._news = anyio.Event()
        self._run = ""
        self.was_on = False

    def take(self, _t_s: float, entry: Entry) -> None:
        if isinstance(entry, RunStarted):
            self._run = entry.run_id
        self._applied += isinstance(entry, Applied)
        if isinstance(entry, EffectChecked):
            self._seen.append(entry.seen)
        self._news.set()
        self._news = anyio.Event()

    async def tell(self) -> None:
        """Answer once everything is hit and was looked for, where that is possible."""
        while not 0 < self._targets <= self._applied:
            await self._news.wait()
        with anyio.move_on_after(EFFECT_WITHIN_S):
            while len(self._seen) < self._targets:
                await self._news.wait()
        self.was_on = True
        (fault,) = self._plan.faults
        hit = [target.target.label for target in fault.targets]
        held = format_duration(fault.hold_s)
        if False not in self._seen:
            _say(run=self._run, action=fault.action, hit=hit, ends_within=held)
        else:
            _say(failed=f"{fault.action} was injected and had no effect; it is taken away")
            os.kill(os.getpid(), signal.SIGTERM)


async def _follow(owner: Owner) -> None:
    """End with the owner, as if asked to."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(owner.pid)
        try:
            if processes.start_ticks(owner.pid) == owner.start_ticks:
                await anyio.wait_readable(descriptor)
        finally:
            os.close(descriptor)
    os.kill(os.getpid(), signal.SIGTERM)


def _say(**told: Any) -> None:
    """To the starter, which reads one line; nothing depends on whether it still does."""
    try:
        print(json.dumps(told), flush=True)  # noqa: T201  its answer
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201  for whoever sits before the chaos run


if __name__ == "__main__":
    main()
