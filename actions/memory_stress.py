"""memory.stress: somebody else on this machine needs the memory."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import (
    Action,
    AgentNeeds,
    Bytes,
    Field,
    Held,
    Holding,
    HostTarget,
    available_memory_bytes,
    format_bytes,
    model_validator,
    seconds_to_take,
)

FLOOR_BYTES_MIN = 64 * 2**20
TAKES_BYTES_PER_S = 256 * 2**20


class MemoryStress(Holding, Action[HostTarget, Held]):
    """Takes memory in a process of its own and keeps it: a leak, a neighbour that grows.

    The machine survives it: a floor stays available, and where memory runs out all the same the
    kernel takes this process before any other.
    """

    name: ClassVar[str] = "memory.stress"
    script: ClassVar[Path] = Path(__file__).with_name("_take_memory.py")

    amount: Bytes | None = Field(default=None, gt=0)
    """How much to take. Give this or `leave_available`."""
    leave_available: Bytes | None = None
    """Take all but this much."""
    floor: Bytes = Field(default=256 * 2**20, ge=FLOOR_BYTES_MIN)
    """What has to stay available on this machine, whatever else is asked for; at least 64 MiB."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "MemoryStress":
        if (self.amount is None) == (self.leave_available is None):
            raise ValueError("write either `amount` or `leave_available`")
        if self.leave_available is not None and self.leave_available < self.floor:
            raise ValueError("`leave_available` is below `floor`, which has to stay available")
        return self

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds()

    def script_arguments(self, target: HostTarget, state: Held) -> list[str]:
        return [str(self._wanted()), str(self.floor)]

    def ready_within_s(self) -> float:
        return seconds_to_take(self._wanted(), TAKES_BYTES_PER_S)

    def refusal(self, target: HostTarget) -> str | None:
        there, wanted = available_memory_bytes(), self._wanted()
        if wanted == 0:
            return f"only {format_bytes(there)} are available, so there is nothing to take"
        if there - wanted < self.floor:
            return (
                f"of {format_bytes(there)} that are available {format_bytes(wanted)} would be taken, "
                f"but {format_bytes(self.floor)} have to stay"
            )
        return None

    def _wanted(self) -> int:
        if self.amount is not None:
            return self.amount
        return max(0, available_memory_bytes() - (self.leave_available or 0))
