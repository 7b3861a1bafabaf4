"""process.freeze: a process that gets no more time, and does not know it."""

import threading
import time
from typing import ClassVar

from seatrial.api import Action, Fatal, Lease, OwnCgroup, ProcessTarget, cgroups

FREEZES_WITHIN_S = 2.0


class ProcessFreeze(Action[ProcessTarget, OwnCgroup]):
    """Freezes a process in a cgroup of its own: as `process.pause` does, but no parent or debugger is told.

    A supervisor that watches for stopped children sees nothing. What the process has started before
    goes on.
    """

    name: ClassVar[str] = "process.freeze"
    needs: ClassVar[str] = "to write to the process' cgroup"

    def prepare(self, target: ProcessTarget, lease: Lease) -> OwnCgroup:
        return cgroups.own_cgroup(target, "freezer", lease.id)

    def apply(self, target: ProcessTarget, state: OwnCgroup) -> None:
        state.make()
        state.enter(target)
        self._freeze(state, frozen=True)
        deadline, never = time.monotonic() + FREEZES_WITHIN_S, threading.Event()
        while not self._is_frozen(state):
            if time.monotonic() > deadline:
                raise Fatal(f"{target.label} is not frozen after {FREEZES_WITHIN_S:g} s")
            never.wait(0.002)  # version 1 tells nobody

    def undo(self, target: ProcessTarget, state: OwnCgroup) -> None:
        """Thaw it, move it back to the cgroup that it was in, and remove the own one."""
        if state.exists:
            self._freeze(state, frozen=False)
        state.dissolve()

    def is_undone(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        return not state.exists

    def has_effect(self, target: ProcessTarget, state: OwnCgroup) -> bool:
        return state.holds(target) and self._is_frozen(state)

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the state of {target.label}", f"the cgroup of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return cgroups.missing_for(target, "freezer")

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return cgroups.missing_here("freezer")

    @staticmethod
    def _freeze(own: OwnCgroup, *, frozen: bool) -> None:
        if own.version == 2:
            own.set("cgroup.freeze", "1" if frozen else "0")
        else:
            own.set("freezer.state", "FROZEN" if frozen else "THAWED")

    @staticmethod
    def _is_frozen(own: OwnCgroup) -> bool:
        if own.version == 2:
            return "frozen 1" in (own.get("cgroup.events") or "")
        return own.get("freezer.state") == "FROZEN"
