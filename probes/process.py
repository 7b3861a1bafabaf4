"""process: whether the processes that should run do."""

from typing import ClassVar

from anyio.to_thread import run_sync as to_thread

from seatrial.api import (
    Measure,
    Probe,
    ProcessSelector,
    ProcessTarget,
    Reading,
    Value,
    processes,
)

STOPPED = ("T", "t")


class Process(ProcessSelector, Probe):
    """Counts the processes of this machine that match, and those of them that are not stopped.

    A zombie is not counted: it has ended. Seatrial and what started it are never counted.
    """

    name: ClassVar[str] = "process"
    shorthand: ClassVar[str | None] = "cmdline"

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {"count": "", "running": "", "alive": ""}

    async def read(self) -> Reading:
        return await to_thread(self._look, abandon_on_cancel=True)

    def _look(self) -> Value:
        if self.pidfile is not None and not self.pidfile.exists():
            return Value(values={"count": 0, "running": 0, "alive": False}, note="there is no pidfile")
        found = [target for target in self.population() if isinstance(target, ProcessTarget)]
        running = [target for target in found if processes.state(target.pid) not in STOPPED]
        return Value(values={"count": len(found), "running": len(running), "alive": bool(found)})
