"""clock.skew: a program whose clock is wrong."""

import ctypes
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from seatrial.api import (
    Action,
    Duration,
    Field,
    Held,
    HostTarget,
    Launch,
    Launching,
    Retryable,
    model_validator,
    privileges,
)

LIBRARIES = ("/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib/faketime")
SHARED = Path("/dev/shm")  # noqa: S108  where the C library keeps what programs share by name
UNTOUCHED = b"\0" * 16 + b"\xff" * 4080
"""What libfaketime shares among the processes of a program: no calls yet, no time of start."""


class Clock(StrEnum):
    """Which of a program's clocks."""

    WALL = "wall"
    MONOTONIC = "monotonic"


class ClockSkew(Launching, Action[HostTarget, Held]):
    """Runs a program whose clock is ahead or behind: a replica, a job, a client that checks a token.

    The clock of the machine is never touched, nor that of a program which runs already.
    """

    name: ClassVar[str] = "clock.skew"
    needs: ClassVar[str] = "libfaketime; CAP_SYS_ADMIN for `monotonic`"

    run: Annotated[str, Field(min_length=1, pattern=r"\S")]
    """A line for /bin/sh. What it starts runs as long as the fault holds, and ends with it."""
    ahead: Duration | None = Field(default=None, gt=0, le=10 * 365 * 86400)
    """How much its clock is ahead. Give this or `behind`."""
    behind: Duration | None = Field(default=None, gt=0, le=10 * 365 * 86400)
    """How much its clock is behind; a monotonic one at most by the time since the machine has started."""
    clock: Clock = Clock.WALL
    """`wall`: the date, by libfaketime. `monotonic`: the time since boot, by a time namespace."""
    working_directory: Path = Path("/")
    """Where the line runs."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "ClockSkew":
        if (self.ahead is None) == (self.behind is None):
            raise ValueError("write either `ahead` or `behind`")
        return self

    @property
    def ahead_s(self) -> float:
        """Negative where it is behind."""
        return self.ahead if self.ahead is not None else -(self.behind or 0)

    def launch(self, target: HostTarget, state: Held) -> Launch:
        return Launch(
            argv=("/bin/sh", "-c", self.run),
            directory=self.working_directory,
            environment=self._faked(state) if self.clock is Clock.WALL else {},
            clock_ahead_s=self.ahead_s if self.clock is Clock.MONOTONIC else None,
        )

    def _faked(self, state: Held) -> dict[str, str]:
        semaphore, memory = (f"/{name}" for name in _names(state))
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME": f"{self.ahead_s:+.6f}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # or whoever waits by that clock waits for ever
            "FAKETIME_SHARED": f"{semaphore} {memory}",
        }

    def apply(self, target: HostTarget, state: Held) -> None:
        if self.clock is Clock.WALL:
            _share(*_names(state))
        super().apply(target, state)

    def undo(self, target: HostTarget, state: Held) -> None:
        """End the program, with all that it has started."""
        super().undo(target, state)
        for path in _shared(state):  # kept until now, for whatever the program starts looks for them
            path.unlink(missing_ok=True)

    def is_undone(self, target: HostTarget, state: Held) -> bool:
        return super().is_undone(target, state) and not any(path.exists() for path in _shared(state))

    def has_effect(self, target: HostTarget, state: Held) -> bool:
        return any(map(self._is_skewed, self.programs(state)))

    def _is_skewed(self, pid: int) -> bool:
        with suppress(OSError):
            if self.clock is Clock.MONOTONIC:
                return Path(f"/proc/{pid}/ns/time").readlink() != Path("/proc/self/ns/time").readlink()
            return "libfaketime" in Path(f"/proc/{pid}/maps").read_text()
        return False

    def refusal(self, target: HostTarget) -> str | None:
        if not self.working_directory.is_dir():
            return f"{self.working_directory} is not a folder"
        return None

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return _missing_for(self.clock)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks, by the clock that needs it."""
        return [f"{what} (for `clock: {clock}`)" for clock in Clock for what in _missing_for(clock)]


def _missing_for(clock: Clock) -> list[str]:
    if clock is Clock.WALL:
        return [] if _library() else ["libfaketime"]
    if not Path("/proc/self/ns/time").exists():
        return ["time namespaces in this kernel"]
    return privileges.missing("CAP_SYS_ADMIN")


def _library() -> Path | None:
    """The one for programs with several threads, where there are both."""
    found = [path for one in LIBRARIES for path in Path("/").glob(f"{one[1:]}/libfaketime*.so.1")]
    return max(found, key=lambda path: "MT" in path.name, default=None)


def _names(state: Held) -> tuple[str, str]:
    return f"seatrial-{state.lease}-semaphore", f"seatrial-{state.lease}-memory"


def _shared(state: Held) -> list[Path]:
    semaphore, memory = _names(state)
    return [SHARED / f"sem.{semaphore}", SHARED / memory]


def _share(semaphore: str, memory: str) -> None:
    """Made here under names that undo knows: those that libfaketime makes stay when its program is killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.sem_open.restype = ctypes.c_void_p
    if libc.sem_open(f"/{semaphore}".encode(), os.O_CREAT, 0o600, 1) is None:
        raise Retryable(f"{SHARED} takes no semaphore: {os.strerror(ctypes.get_errno())}")
    (SHARED / memory).write_bytes(UNTOUCHED)
