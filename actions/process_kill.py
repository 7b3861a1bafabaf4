"""process.kill and process.terminate: a process that is gone from one moment to the next."""

import signal
from pathlib import Path
from typing import ClassVar

from seatrial.api import (
    Action,
    AgentNeeds,
    Duration,
    Fatal,
    Field,
    Held,
    Lease,
    Model,
    ProcessTarget,
    processes,
)

GONE_WITHIN_S = 5.0
"""SIGKILL takes effect at once, but for a process in the midst of disk I/O."""

TRACER = Path(__file__).with_name("_trace_process.py")


class WasThere(Model):
    """A kill has no way back; what is looked for is the successor."""

    running: int = Field(ge=1)
    """How many processes ran this very command line, the target among them."""
    traced: Held | None = None
    """It is ended by the end of its tracer: pid 1 of a container hears no SIGKILL from inside."""


class _Ending(Action[ProcessTarget, WasThere]):
    irreversible: ClassVar[bool] = True
    needs: ClassVar[str] = "to be root or the process' user"
    signal_number: ClassVar[signal.Signals]

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds(as_target_uid=True, target_container=True)

    @property
    def gone_within_s(self) -> float:
        return GONE_WITHIN_S

    def prepare(self, target: ProcessTarget, lease: Lease) -> WasThere:
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        traced = Held.of(lease) if target.pid == 1 and self.signal_number == signal.SIGKILL else None
        if traced and (missing := processes.missing_to_trace(target)):
            raise Fatal(f"it takes {', '.join(missing)}")
        return WasThere(running=1 + len(processes.twins(target)), traced=traced)

    def apply(self, target: ProcessTarget, state: WasThere) -> None:
        if state.traced:
            state.traced.begin(TRACER, str(target.pid), str(target.start_ticks), "kill")
        elif not processes.send_signal(target, self.signal_number):
            raise Fatal(f"{target.label} is gone")
        # One that is still there by then shows in has_effect.
        processes.wait_until_gone(target.pid, self.gone_within_s)

    def undo(self, target: ProcessTarget, state: WasThere) -> None:
        """Nothing: its own supervisor has to start it again, and that is asserted."""

    def is_undone(self, target: ProcessTarget, state: WasThere) -> bool:
        # By number, not "any new one": two that were killed at once do not share one successor.
        return processes.is_alive(target) or len(processes.twins(target)) >= state.running

    def has_effect(self, target: ProcessTarget, state: WasThere) -> bool:
        return not processes.is_alive(target)

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return processes.missing_to_signal(target)


class ProcessKill(_Ending):
    """Kills a process with SIGKILL, as the out-of-memory killer or a crash would.

    It cannot be undone: that a process with the same command line and user takes its place is
    asserted instead, as part of the recovery.
    """

    name: ClassVar[str] = "process.kill"
    signal_number: ClassVar[signal.Signals] = signal.SIGKILL


class ProcessTerminate(_Ending):
    """Asks a process to end with SIGTERM, as a deployment or a node drain would.

    It cannot be undone: that a process with the same command line and user takes its place is
    asserted instead, as part of the recovery.
    """

    name: ClassVar[str] = "process.terminate"
    signal_number: ClassVar[signal.Signals] = signal.SIGTERM

    grace: Duration = Field(default=5.0, gt=0, le=300)
    """How long it may take to end; one that is still there then was not hit, so nothing is learned."""

    @property
    def gone_within_s(self) -> float:
        return self.grace

    @property
    def timeout_s(self) -> float:
        return self.grace + GONE_WITHIN_S
