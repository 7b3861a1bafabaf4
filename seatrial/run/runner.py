"""One run of one plan: refuse what must not run, keep its journal, lock its targets, take its course."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from seatrial.errors import Refused, SeatrialError
from seatrial.journal.writer import JournalWriter, Watcher
from seatrial.pack import as_arguments
from seatrial.plan.plan import Plan
from seatrial.record import RunRecord
from seatrial.run import halt, locks
from seatrial.run.signals import Tell
from seatrial.run.start import run_started
from seatrial.run.stop import StopSwitch
from seatrial.store import Run, Store


class Runnable(Protocol):
    """What was read, as far as it matters to every course."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """To be kept out of the journal, by name."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders of its packs."""


FileT = TypeVar("FileT", bound=Runnable)


class Takes(Protocol):
    """A course: what goes on in a run."""

    async def take(self) -> RunRecord:
        """From the first entry after the start to the last; raises SeatrialError for our own defects."""


@dataclass
class Runner(Generic[FileT]):
    """One run of one plan. `await runner.run()` once."""

    file: FileT
    plan: Plan
    store: Store
    watch: Watcher
    """Called with every entry of the journal: progress is a function of it."""
    tell: Tell
    """Called with sentences for the person at the terminal."""
    stop: StopSwitch = field(default_factory=StopSwitch)
    course: "Callable[[Any, Run, JournalWriter], Takes] | None" = None
    """What goes on between the beginning of the journal and its end; None: that of Seatrial's own files."""

    @property
    def packs(self) -> list[str]:
        """Its packs, for the processes that inject and undo: with what the plan needs of them."""
        return as_arguments(
            self.file.roots, (one.action for one in (*self.plan.faults, *self.plan.precautions))
        )

    async def run(self) -> RunRecord:
        """Run to the end; raises Refused or StoreError where nothing was touched."""
        _refuse(self.plan)
        halt.refuse_when_halted(self.store)
        run = self.store.new_run(self.plan.title)
        planned = (planned.target for fault in self.plan.faults for planned in fault.targets)
        targets = list({target.identity: target for target in planned}.values())
        journal = self._open(run)
        try:
            halt.refuse_when_halted(self.store)  # again: whoever halts from here on sees this run
            locks.acquire(targets, run)
            record = await (self.course or _own_course())(self, run, journal).take()
        except Refused:
            journal.close()
            _discard(run)
            raise
        journal.close()
        if not record.open_faults:
            locks.release(targets, run)
        return record

    def _open(self, run: Run) -> JournalWriter:
        """Begin the journal; where that is not possible nothing is left of the run."""
        try:
            journal = JournalWriter.create(run.journal_path, self.file.secrets)
            journal.watch(self.watch)
            journal.append(run_started(run, self.plan, self.file.roots, journal))
        except SeatrialError:
            _discard(run)
            raise
        return journal


def _own_course() -> "Callable[[Any, Run, JournalWriter], Takes]":
    """Imported when it is needed: another course has no use for its sampler, guards and statistics."""
    from seatrial.run.course import Course

    return Course


def _refuse(plan: Plan) -> None:
    """Raise Refused with every reason why this plan may not run."""
    if plan.forbidden:
        raise Refused("; ".join(plan.forbidden), "nothing was touched; `seatrial plan` shows the whole plan")


def _discard(run: Run) -> None:
    """A run that was refused leaves nothing behind."""
    import shutil

    shutil.rmtree(run.folder, ignore_errors=True)
