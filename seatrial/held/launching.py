"""What actions share whose fault is a program, or is around one: it runs as long as the fault holds."""

import threading
import time
from pathlib import Path
from typing import Any, ClassVar, Final

from seatrial.held import hold
from seatrial.held.holding import Held, Holding
from seatrial.model.base import Model

LAUNCHER: Final = Path(hold.__file__).with_name("launcher.py")
_SEEN_WITHIN_S: Final = 2.0
"""A program has begun by then, on a machine that is not too busy."""


class Launch(Model):
    """A program, and what it finds around itself."""

    argv: tuple[str, ...]
    directory: Path = Path("/")
    environment: dict[str, str] = {}
    """Beside the one of Seatrial itself."""
    clock_ahead_s: float | None = None
    """How much its monotonic clocks are ahead, in a time namespace of its own; negative: behind."""


class Launching(Holding):
    """The four verbs of a fault that is a program; put it before `Action` and say `launch`."""

    script: ClassVar[Path] = LAUNCHER

    def launch(self, target: Any, state: Held) -> Launch:
        """What is started."""
        raise NotImplementedError

    def script_arguments(self, target: Any, state: Held) -> list[str]:
        """As the launcher reads it."""
        return [self.launch(target, state).model_dump_json()]

    def apply(self, target: Any, state: Held) -> None:
        """Start it; returns once the fault is seen. One that is not by then shows in `has_effect`."""
        super().apply(target, state)
        never, deadline = threading.Event(), time.monotonic() + _SEEN_WITHIN_S
        while not self.has_effect(target, state) and time.monotonic() < deadline:
            never.wait(0.01)

    def programs(self, state: Held) -> list[int]:
        """The pids of the program and of what it has started; the launcher is not among them."""
        return [one.pid for one in hold.held(state.lease) if str(LAUNCHER) not in one.argv]

    def has_effect(self, target: Any, state: Held) -> bool:
        """It runs."""
        return bool(self.programs(state))
