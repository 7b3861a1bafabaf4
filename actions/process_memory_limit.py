"""process.memory_limit: a process that runs into the limit of its memory."""

from typing import ClassVar

from seatrial.api import Action, Bytes, Field, Lease, OwnCgroup, ProcessTarget, cgroups

PAGE_BYTES = 4096
HEADROOM_BYTES_MIN = 1024 * 1024


class ProcessMemoryLimit(Action[ProcessTarget, OwnCgroup]):
    """Lets a process take only so much more memory: a container whose limit is too low.

    It is moved to a cgroup of its own, with what it starts from then on. What it has already is
    counted where it was, so only what it takes from now on counts. Beyond that the kernel swaps, where
    there is swap, and then kills it: that its supervisor brings it back is for an SLI to see.
    """

    name: ClassVar[str] = "process.memory_limit"
    needs: ClassVar[str] = "to write to the process' cgroup"

    headroom: Bytes = Field(ge=HEADROOM_BYTES_MIN)
    """How much more it may take, at least 1 MiB."""

    def prepare(self, target: ProcessTarget, lease: Lease) -> OwnCgroup:
        return cgroups.own_cgroup(target, "memory", lease.id)

    def apply(self, target: ProcessTarget, state: OwnCgroup) -> None:
        state.make()
        state.set(self._file(state.version), str(self._pages()))
        state.enter(target)

    def undo(self, target: ProcessTarget, state: OwnCgroup) -> None:
        """Move it back to the cgroup that it was in, and remove the own one."""
        state.dissolve()

    def is_undone(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        return not state.exists

    def has_effect(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        """The limit is there; a process that it has killed was in it as well."""
        return state.get(self._file(state.version)) == str(self._pages())

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the cgroup of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return cgroups.missing_for(target, "memory")

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return cgroups.missing_here("memory")

    def _pages(self) -> int:
        """The kernel counts whole pages."""
        return self.headroom // PAGE_BYTES * PAGE_BYTES

    @staticmethod
    def _file(version: int) -> str:
        return "memory.max" if version == 2 else "memory.limit_in_bytes"
