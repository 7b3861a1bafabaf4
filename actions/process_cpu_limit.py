"""process.cpu_limit: a process that is throttled."""

from typing import ClassVar

from seatrial.api import Action, Field, Lease, OwnCgroup, ProcessTarget, cgroups

PERIOD_US = 100_000


class ProcessCpuLimit(Action[ProcessTarget, OwnCgroup]):
    """Gives a process less processor time than it wants: a container whose limit is too low.

    It is moved to a cgroup of its own, with what it starts from then on. What it has started before is
    not limited.
    """

    name: ClassVar[str] = "process.cpu_limit"
    needs: ClassVar[str] = "to write to the process' cgroup"

    cores: float = Field(ge=0.01, le=1024)
    """How many cores it may use at most: 0.2 is a fifth of one."""

    def prepare(self, target: ProcessTarget, lease: Lease) -> OwnCgroup:
        return cgroups.own_cgroup(target, "cpu", lease.id)

    def apply(self, target: ProcessTarget, state: OwnCgroup) -> None:
        state.make()
        for name, value in self._limit(state.version).items():
            state.set(name, value)
        state.enter(target)

    def undo(self, target: ProcessTarget, state: OwnCgroup) -> None:
        """Move it back to the cgroup that it was in, and remove the own one."""
        state.dissolve()

    def is_undone(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        return not state.exists

    def has_effect(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        limit = self._limit(state.version).items()
        return state.holds(target) and all(state.get(name) == value for name, value in limit)

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the cgroup of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return cgroups.missing_for(target, "cpu")

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return cgroups.missing_here("cpu")

    def _limit(self, version: int) -> dict[str, str]:
        quota = round(self.cores * PERIOD_US)
        if version == 2:
            return {"cpu.max": f"{quota} {PERIOD_US}"}
        return {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": str(quota)}
