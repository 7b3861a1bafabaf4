"""What actions share whose fault is a process of their own: burners, fillers, hoarders.

class CpuStress(Holding, Action[HostTarget, Held]): script, arguments, and what it refuses
"""

import math
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from seatrial.action import Lease
from seatrial.errors import Fatal, Retryable
from seatrial.held.hold import end_held, held, hold
from seatrial.model.base import Model

_MARGIN_S = 5.0
"""For what apply does beside waiting until its script is ready."""


class Held(Model):
    """The processes of a fault are found by its lease; there is nothing else to restore."""

    lease: str
    lets_go_after_s: float = Field(gt=0)
    """They end by themselves this long after they were started."""
    ends_with_holder: bool = False
    """They end with the process that started them, too."""

    @classmethod
    def of(cls, lease: Lease) -> "Held":
        """As the lease says."""
        return cls(lease=lease.id, lets_go_after_s=lease.max_hold_s, ends_with_holder=lease.ends_with_holder)

    def begin(
        self, script: Path, *arguments: str, copies: int = 1, ready_within_s: float = 5.0, told: str = ""
    ) -> None:
        """Start the processes; see `hold`."""
        hold(
            self.lease,
            script,
            *arguments,
            ends_in_s=self.lets_go_after_s,
            copies=copies,
            ready_within_s=ready_within_s,
            told=told,
            dies_with_caller=self.ends_with_holder,
        )


class Holding(Model):
    """The four verbs of a fault that lasts as long as its own processes; put it before `Action`.

    Implement `script` and `script_arguments`; where `refusal` is there, apply asks it again, for the
    machine may have changed since the plan was made.
    """

    script: ClassVar[Path]
    """A Python script beside the action, its name begins with `_`; `hold` tells what it has to do."""

    def script_arguments(self, target: Any, state: Held) -> list[str]:
        """What the script gets as its arguments."""
        raise NotImplementedError

    def copies(self) -> int:
        """How many processes run the script."""
        return 1

    def ready_within_s(self) -> float:
        """How long the script may take until the fault is there."""
        return 5.0

    @property
    def timeout_s(self) -> float:
        """How long one verb may take."""
        return self.ready_within_s() + _MARGIN_S

    def refusal(self, target: Any) -> str | None:
        """Why this must not be done here, or None."""
        return None

    def prepare(self, target: Any, lease: Lease) -> Held:
        """Nothing of the target is changed, so there is nothing to read."""
        return Held.of(lease)

    def apply(self, target: Any, state: Held) -> None:
        """Start the processes; returns once each says that it is at it."""
        if reason := self.refusal(target):
            raise Fatal(reason)
        state.begin(
            self.script,
            *self.script_arguments(target, state),
            copies=self.copies(),
            ready_within_s=self.ready_within_s(),
        )

    def undo(self, target: Any, state: Held) -> None:
        """End the processes that hold it; what they took is free again with their end."""
        if not end_held(state.lease):
            raise Retryable("what holds the fault is still there, though it was killed")

    def is_undone(self, target: Any, state: Held) -> bool:
        """None of its processes is there."""
        return not held(state.lease)

    def has_effect(self, target: Any, state: Held) -> bool:
        """All of its processes are there."""
        return len(held(state.lease)) >= self.copies()


def seconds_to_take(size: float, per_s: float) -> float:
    """A generous time for taking so many bytes, whole seconds and never below five."""
    return max(5.0, math.ceil(size / per_s))
