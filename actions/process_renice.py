"""process.renice: a process that everybody else is served before."""

import os
from typing import ClassVar

from seatrial.api import (
    Action,
    Fatal,
    Field,
    ForeignChange,
    Lease,
    Model,
    ProcessTarget,
    privileges,
    processes,
)


class Before(Model):
    """The niceness of each thread that is not the usual one of the process, and that one."""

    usual: int
    threads: dict[int, int]


class ProcessRenice(Action[ProcessTarget, Before]):
    """Makes a process, with all its threads, wait for everybody else: a job that was started with `nice`.

    It shows where the processors are busy; `cpu.stress` at the same time makes them so.
    """

    name: ClassVar[str] = "process.renice"
    needs: ClassVar[str] = "CAP_SYS_NICE"

    niceness: int = Field(default=19, ge=1, le=19)
    """Up to 19, at which only idle time is left."""

    def prepare(self, target: ProcessTarget, lease: Lease) -> Before:
        found = self._niceness(target)
        if not found:
            raise Fatal(f"{target.label} is gone")
        usual = found.get(target.pid, 0)
        if usual >= self.niceness:
            raise Fatal(f"{target.label} has niceness {usual} already")
        return Before(usual=usual, threads={thread: nice for thread, nice in found.items() if nice != usual})

    def apply(self, target: ProcessTarget, state: Before) -> None:
        found = self._niceness(target)
        if not found:
            raise Fatal(f"{target.label} is gone")
        for thread in found:
            self._set(thread, self.niceness)

    def undo(self, target: ProcessTarget, state: Before) -> None:
        """Give every thread the niceness back that it had, unless somebody else has set another."""
        theirs = {}
        for thread, nice in self._niceness(target).items():
            before = state.threads.get(thread, state.usual)
            if nice == self.niceness != before:
                self._set(thread, before)
            elif nice != before:
                theirs[thread] = nice
        if theirs:
            raise ForeignChange(f"threads of {target.label} have a niceness that is neither: {theirs}")

    def is_undone(self, target: ProcessTarget, state: Before) -> bool:
        found = self._niceness(target).items()
        return all(nice == state.threads.get(thread, state.usual) for thread, nice in found)

    def has_effect(self, target: ProcessTarget, state: Before) -> bool:
        return self._niceness(target).get(target.pid) == self.niceness

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the niceness of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        # Anyone may be nicer; to come back from that is what not everyone may.
        return privileges.missing("CAP_SYS_NICE")

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this user lacks."""
        return privileges.missing("CAP_SYS_NICE")

    @staticmethod
    def _niceness(target: ProcessTarget) -> dict[int, int]:
        """Of each thread; nothing when the process is gone."""
        found: dict[int, int] = {}
        try:
            threads = [int(name) for name in os.listdir(f"/proc/{target.pid}/task")]
        except (FileNotFoundError, ProcessLookupError):
            return found
        for thread in threads:
            try:
                found[thread] = os.getpriority(os.PRIO_PROCESS, thread)
            except ProcessLookupError:
                continue
        return found if processes.is_alive(target) else {}

    @staticmethod
    def _set(thread: int, niceness: int) -> None:
        try:
            os.setpriority(os.PRIO_PROCESS, thread, niceness)
        except ProcessLookupError:
            return
