"""process.fd_limit: a process that runs out of file descriptors."""

import resource
from typing import ClassVar

from seatrial.api import (
    Action,
    Fatal,
    Field,
    ForeignChange,
    Lease,
    Model,
    ProcessTarget,
    processes,
)

Limits = tuple[int, int]


class Before(Model):
    """The limit that has to come back."""

    soft: int
    hard: int


class ProcessFdLimit(Action[ProcessTarget, Before]):
    """Lowers how many files a running process may have open: a leak of descriptors, sockets that pile up.

    What is open stays open. From then on a new file, socket or accepted connection whose number would
    be above the limit fails with EMFILE.
    """

    name: ClassVar[str] = "process.fd_limit"
    needs: ClassVar[str] = "CAP_SYS_RESOURCE, or to be the process' user"

    limit: int = Field(ge=0, le=1_048_576)
    """The number that new descriptors have to stay below; one below what is open lets nothing be opened."""

    def prepare(self, target: ProcessTarget, lease: Lease) -> Before:
        found = self._limits(target)
        if found is None:
            raise Fatal(f"{target.label} is gone")
        if found[0] <= self.limit:
            raise Fatal(f"{target.label} has a limit of {found[0]} already: {self.limit} would not lower it")
        return Before(soft=found[0], hard=found[1])

    def apply(self, target: ProcessTarget, state: Before) -> None:
        if not self._set(target, (self.limit, state.hard)):
            raise Fatal(f"{target.label} is gone")

    def undo(self, target: ProcessTarget, state: Before) -> None:
        """Give the limit back that it had, unless somebody else has set another."""
        now = self._limits(target)
        if now is None or now[0] == state.soft:
            return
        if now != (self.limit, state.hard):
            raise ForeignChange(f"the limit of {target.label} is {now[0]} now: neither ours nor what it was")
        self._set(target, (state.soft, state.hard))

    def is_undone(self, target: ProcessTarget, state: Before) -> bool:
        now = self._limits(target)
        return now is None or now[0] == state.soft

    def has_effect(self, target: ProcessTarget, state: Before) -> bool:
        return self._limits(target) == (self.limit, state.hard)

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the file limit of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        try:
            resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
        except PermissionError:
            return [f"CAP_SYS_RESOURCE, or to be user {target.user!r}, to set limits of {target.label}"]
        except ProcessLookupError:
            pass
        return []

    @staticmethod
    def _limits(target: ProcessTarget) -> Limits | None:
        """None when it is gone."""
        try:
            found = resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
        except ProcessLookupError:
            return None
        return found if processes.is_alive(target) else None

    @staticmethod
    def _set(target: ProcessTarget, limits: Limits) -> bool:
        if not processes.is_alive(target):
            return False
        try:
            resource.prlimit(target.pid, resource.RLIMIT_NOFILE, limits)
        except ProcessLookupError:
            return False
        return True
