"""stress_ng: the strains that stress-ng knows how to make."""

import os
import shutil
from typing import ClassVar, Literal

from seatrial.api import Action, Field, Held, HostTarget, Launch, Launching

WORKERS_PER_CPU_MAX = 8
PROGRAM = "stress-ng"


class StressNg(Launching, Action[HostTarget, Held]):
    """Runs one stressor of stress-ng: caches, context switches, timers, what `cpu.stress` does not reach.

    For processor, memory and disk as such there are `cpu.stress`, `memory.stress`, `io.stress`, which keep
    floors. Here are only stressors that take no room to speak of, on no disk and no port.
    """

    name: ClassVar[str] = "stress_ng"
    needs: ClassVar[str] = "the program stress-ng"

    stressor: Literal[
        "branch", "cache", "context", "cpu", "futex", "matrix", "memcpy", "mutex", "pipe", "switch", "timer",
        "yield", "zlib",
    ]  # fmt: skip
    """Which one, by its name in `man stress-ng`."""
    workers: int = Field(default=1, ge=1, le=1024)
    """How many processes run it; more than eight for each core are refused."""

    def launch(self, target: HostTarget, state: Held) -> Launch:
        words = (f"--{self.stressor}", str(self.workers), "--quiet", "--keep-name", "--oomable")
        return Launch(argv=(shutil.which(PROGRAM) or PROGRAM, *words))

    def has_effect(self, target: HostTarget, state: Held) -> bool:
        return len(self.programs(state)) > self.workers  # the workers, and the one that watches them

    def refusal(self, target: HostTarget) -> str | None:
        allowed = WORKERS_PER_CPU_MAX * len(os.sched_getaffinity(0))
        if self.workers > allowed:
            return f"{self.workers} workers are more than {allowed}, {WORKERS_PER_CPU_MAX} for each core"
        return None

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return self.missing_here()

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return [] if shutil.which(PROGRAM) else [f"the program {PROGRAM}"]
