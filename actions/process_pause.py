"""process.pause: a process that is there but does not answer."""

import signal
from typing import ClassVar

from seatrial.api import Action, Fatal, Lease, Model, ProcessTarget, processes

STOPPED = ("T", "t")
STOP_WITHIN_S = 1.0
"""A process stops when it is scheduled next; one in the midst of disk I/O may take longer."""


class WasRunning(Model):
    """Nothing but the identity is needed to let a process go on."""


class ProcessPause(Action[ProcessTarget, WasRunning]):
    """Stops a process with SIGSTOP: a grey failure, alive for the kernel and silent for its clients.

    Connections to it are still accepted, by the kernel, and never answered.
    """

    name: ClassVar[str] = "process.pause"
    needs: ClassVar[str] = "to be root or the process' user"

    def prepare(self, target: ProcessTarget, lease: Lease) -> WasRunning:
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        if processes.state(target.pid) in STOPPED:
            raise Fatal(f"{target.label} is stopped already, by somebody else")
        return WasRunning()

    def apply(self, target: ProcessTarget, state: WasRunning) -> None:
        if not processes.send_signal(target, signal.SIGSTOP):
            raise Fatal(f"{target.label} is gone")
        # One that has not stopped by then shows in has_effect.
        processes.wait_until_stopped(target, STOP_WITHIN_S)

    def undo(self, target: ProcessTarget, state: WasRunning) -> None:
        """SIGCONT, to this very process only."""
        processes.send_signal(target, signal.SIGCONT)

    def is_undone(self, target: ProcessTarget, state: WasRunning) -> bool:
        return not self.has_effect(target, state)

    def has_effect(self, target: ProcessTarget, state: WasRunning) -> bool:
        stopped = processes.state(target.pid) in STOPPED
        return stopped and processes.is_alive(target)

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the state of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return processes.missing_to_signal(target)
