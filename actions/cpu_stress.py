"""cpu.stress: somebody else on this machine needs the processors."""

import os
from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, AgentNeeds, Field, Held, Holding, HostTarget, Share

WORKERS_PER_CPU_MAX = 8


class CpuStress(Holding, Action[HostTarget, Held]):
    """Burns processor time in processes of its own: a noisy neighbour, a runaway job.

    The machine survives it: burners have the usual priority, so everybody else still gets a turn.
    """

    name: ClassVar[str] = "cpu.stress"
    script: ClassVar[Path] = Path(__file__).with_name("_burn_cpu.py")

    workers: int | None = Field(default=None, ge=1, le=1024)
    """How many burners, each of which can use one core; without it, one for every core."""
    load: Share = Field(default=1.0, gt=0)
    """The share of a core that each burner takes."""

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds()

    def copies(self) -> int:
        return self.workers or len(os.sched_getaffinity(0))

    def script_arguments(self, target: HostTarget, state: Held) -> list[str]:
        return [repr(self.load)]

    def refusal(self, target: HostTarget) -> str | None:
        allowed = WORKERS_PER_CPU_MAX * len(os.sched_getaffinity(0))
        if self.copies() > allowed:
            return f"{self.workers} workers are more than {allowed}, {WORKERS_PER_CPU_MAX} for each core"
        return None
