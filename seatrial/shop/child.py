"""One life of a supervised process, followed by event from its start to its end.

spawn ──▶ ready line ──▶ exit, by pidfd ──▶ reaped
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seatrial.shop.lifeline import readable
from seatrial.shop.settings import PARENT_VARIABLE

RESTART_DELAY_S_MAX = 10.0
"""The longest pause between two tries at a child in a crash loop."""

QUICK_DEATH_S = 1.0
"""A child that dies younger is in a crash loop: an experiment's kills come further apart."""

TERM_GRACE_S = 0.5


@dataclass(slots=True)
class Child:
    """One supervised process: its argv never changes, its pid does."""

    role: str
    index: int
    port: int
    argv: list[str]
    after: Sequence["Child"] = ()
    """Those that must have been ready before its first start."""
    quick_deaths: int = 0
    starts: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it has been ready for the first time."""

    def died(self, lived_s: float) -> None:
        self.quick_deaths = self.quick_deaths + 1 if lived_s < QUICK_DEATH_S else 0


def restart_delay_s(quick_deaths: int, base_s: float) -> float:
    """Doubled at each quick death in a row after the first, up to a limit (never below the base)."""
    doubled_s = base_s * 2.0 ** min(max(quick_deaths - 1, 0), 30)
    return max(base_s, min(doubled_s, RESTART_DELAY_S_MAX))


async def live(child: Child, on_ready: Callable[[int], None]) -> None:
    """One life of a child, from its start until it has been reaped; `on_ready` is given its pid."""
    try:
        process = _spawn(child)
    except OSError:
        # No room for one more process, which an experiment may have brought about: as if it had died.
        return
    # All of its life is followed by this: the pid may be another's once the child has been reaped.
    pidfd = os.pidfd_open(process.pid)
    try:
        if await _says_ready(process):
            child.starts += 1
            child.up.set()
            on_ready(process.pid)
        await readable(pidfd)
    finally:
        await _end(pidfd)
        process.wait()
        os.close(pidfd)


def _spawn(child: Child) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        child.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | {PARENT_VARIABLE: str(os.getpid())},
    )


async def _says_ready(process: subprocess.Popen[bytes]) -> bool:
    """Whether it wrote its ready line; False when it ended instead."""
    assert process.stdout is not None
    with process.stdout as pipe:
        await readable(pipe.fileno())
        return bool(os.read(pipe.fileno(), 64))


async def _end(pidfd: int) -> None:
    """End a process, also a stopped one; nothing where it has exited by itself."""
    try:
        for number in (signal.SIGTERM, signal.SIGCONT):
            signal.pidfd_send_signal(pidfd, number)
        async with asyncio.timeout(TERM_GRACE_S):
            await readable(pidfd)
    except ProcessLookupError:
        return
    except TimeoutError:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        await readable(pidfd)
