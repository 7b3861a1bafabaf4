"""process.kill and process.terminate: a process that is gone from one moment to the next."""

import signal
from typing import ClassVar

from seatrial.api import Action, Fatal, Lease, Model, ProcessTarget, processes


class WasThere(Model):
    """A kill has no way back; what is looked for is the successor."""

    others: tuple[str, ...]
    """Identities of processes with the same command line that ran before: not the successor."""


class _Ending(Action[ProcessTarget, WasThere]):
    irreversible: ClassVar[bool] = True
    signal_number: ClassVar[signal.Signals]

    def prepare(self, target: ProcessTarget, lease: Lease) -> WasThere:
        if not processes.is_alive(target):
            raise Fatal(f"{target.label} is gone")
        return WasThere(others=tuple(t.identity for t in processes.twins(target)))

    def apply(self, target: ProcessTarget, state: WasThere) -> None:
        if not processes.send_signal(target, self.signal_number):
            raise Fatal(f"{target.label} is gone")

    def undo(self, target: ProcessTarget, state: WasThere) -> None:
        """Nothing: its own supervisor has to start it again, and that is asserted."""

    def is_undone(self, target: ProcessTarget, state: WasThere) -> bool:
        if processes.is_alive(target):
            return True
        return any(twin.identity not in state.others for twin in processes.twins(target))

    def has_effect(self, target: ProcessTarget, state: WasThere) -> bool:
        return not processes.is_alive(target)

    def missing_privileges(self, target: ProcessTarget) -> list[str]:
        return processes.missing_to_signal(target)


class ProcessKill(_Ending):
    """Kills a process with SIGKILL, as the out-of-memory killer or a crash would."""

    name: ClassVar[str] = "process.kill"
    signal_number: ClassVar[signal.Signals] = signal.SIGKILL


class ProcessTerminate(_Ending):
    """Asks a process to end with SIGTERM, as a deployment or a node drain would."""

    name: ClassVar[str] = "process.terminate"
    signal_number: ClassVar[signal.Signals] = signal.SIGTERM
