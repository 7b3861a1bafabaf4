"""process.pause: a process that is there but does not answer."""

import signal
from typing import ClassVar

from seatrial.api import Action, Fatal, Lease, Model, ProcessTarget, processes


class WasRunning(Model):
    """Nothing but the identity is needed to let a process go on."""


class ProcessPause(Action[ProcessTarget, WasRunning]):
    """Stops a process with SIGSTOP: a grey failure, alive for the kernel and silent for its clients."""

    name: ClassVar[str] = "process.pause"

    def prepare(self, target: ProcessTarget, lease: Lease) -> WasRunning:
        state = processes.state(target.pid)
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        if state in ("T", "t"):
            raise Fatal(f"{target.label} is stopped already, by somebody else")
        return WasRunning()

    def apply(self, target: ProcessTarget, state: WasRunning) -> None:
        if not processes.send_signal(target, signal.SIGSTOP):
            raise Fatal(f"{target.label} is gone")

    def undo(self, target: ProcessTarget, state: WasRunning) -> None:
        """SIGCONT, to this very process only."""
        processes.send_signal(target, signal.SIGCONT)

    def is_undone(self, target: ProcessTarget, state: WasRunning) -> bool:
        return not processes.is_alive(target) or processes.state(target.pid) not in ("T", "t")

    def has_effect(self, target: ProcessTarget, state: WasRunning) -> bool:
        return processes.state(target.pid) in ("T", "t")

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return processes.missing_to_signal(target)
