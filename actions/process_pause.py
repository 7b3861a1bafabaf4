"""process.pause: a process that is there but does not answer."""

import signal
from pathlib import Path
from typing import ClassVar

from seatrial.api import (
    Action,
    AgentNeeds,
    Fatal,
    Held,
    Lease,
    Model,
    ProcessTarget,
    Retryable,
    end_held,
    held,
    processes,
)

STOPPED = ("T", "t")
STOP_WITHIN_S = 1.0
"""A process stops when it is scheduled next; one in the midst of disk I/O may take longer."""


TRACER = Path(__file__).with_name("_trace_process.py")


class Pause(Model):
    """Nothing but the identity is needed to let a process go on."""

    traced: Held | None = None
    """It is stopped by a tracer, without which the kernel lets it go on; None: by a signal."""


class ProcessPause(Action[ProcessTarget, Pause]):
    """Stops a process with SIGSTOP: a grey failure, alive for the kernel and silent for its clients.

    Connections to it are still accepted, by the kernel, and never answered. In a pod a tracer stops
    it: pid 1 of a container hears no SIGSTOP, and the kernel lets it go on when the tracer ends.
    """

    name: ClassVar[str] = "process.pause"
    needs: ClassVar[str] = "to be root or the process' user"

    def prepare(self, target: ProcessTarget, lease: Lease) -> Pause:
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        if processes.state(target.pid) in STOPPED:
            raise Fatal(f"{target.label} is stopped already, by somebody else")
        if not lease.ends_with_holder:
            return Pause()
        if missing := processes.missing_to_trace(target):
            raise Fatal(f"it takes {', '.join(missing)}")
        return Pause(traced=Held.of(lease))

    def apply(self, target: ProcessTarget, state: Pause) -> None:
        if state.traced:
            state.traced.begin(TRACER, str(target.pid), str(target.start_ticks), "freeze")
            return
        if not processes.send_signal(target, signal.SIGSTOP):
            raise Fatal(f"{target.label} is gone")
        # One that has not stopped by then shows in has_effect.
        processes.wait_until_stopped(target, STOP_WITHIN_S)

    def undo(self, target: ProcessTarget, state: Pause) -> None:
        """SIGCONT, to this very process only; in a pod, the end of the tracer."""
        if state.traced is None:
            processes.send_signal(target, signal.SIGCONT)
        elif not end_held(state.traced.lease):
            raise Retryable("what traces it is still there, though it was killed")

    def is_undone(self, target: ProcessTarget, state: Pause) -> bool:
        if state.traced:
            return not held(state.traced.lease)
        return not self.has_effect(target, state)

    def has_effect(self, target: ProcessTarget, state: Pause) -> bool:
        stopped = processes.state(target.pid) in STOPPED
        return stopped and processes.is_alive(target)

    def changes(self, target: ProcessTarget) -> list[str]:
        return [f"the state of {target.label}"]

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return processes.missing_to_signal(target)

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds(as_target_uid=True, target_container=True)
