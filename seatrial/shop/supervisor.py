"""The supervisor: keeps the front and the replicas alive, and lets none of them outlive it.

    spawn ──▶ ready line ──▶ exit, by pidfd ──▶ delay ──▶ spawn, same argv, same port

It ends with its owner: at the end of its standard input, at the owner's exit, at SIGTERM. What it tells its
owner goes to standard output as JSON lines (`Started`, then `ready`; or `failed`).
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from seatrial.shop import ports
from seatrial.shop.lifeline import exit_if_orphaned, readable
from seatrial.shop.settings import PARENT_VARIABLE, Settings

RESTART_DELAY_S_MAX = 10.0
"""The longest pause between two tries at a child in a crash loop."""

QUICK_DEATH_S = 1.0
"""A child that dies younger is in a crash loop: an experiment's kills come further apart."""

TERM_GRACE_S = 0.5

_STDIN, _STDOUT = 0, 1


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


class Supervisor:
    """Keeps these children alive while it runs."""

    def __init__(self, settings: Settings, children: list[Child], owner_pidfd: int) -> None:
        self._settings = settings
        self._children = children
        self._owner_pidfd = owner_pidfd

    async def run(self) -> None:
        """Until the owner wants it no more, or has gone; then every child is ended and reaped."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with asyncio.TaskGroup() as tasks:
            kept = [tasks.create_task(self._keep(child)) for child in self._children]
            kept.append(tasks.create_task(self._tell_ready()))
            kept.append(tasks.create_task(_set_after_input_end(stop)))
            kept.append(tasks.create_task(_set_after_exit(self._owner_pidfd, stop)))
            await stop.wait()
            for task in kept:
                task.cancel()

    async def _tell_ready(self) -> None:
        await _all_up(self._children)
        tell({"event": "ready"})

    async def _keep(self, child: Child) -> None:
        await _all_up(child.after)
        while True:
            begin_s = time.monotonic()
            await _live(child)
            child.died(time.monotonic() - begin_s)
            await asyncio.sleep(restart_delay_s(child.quick_deaths, self._settings.restart_delay_s))


async def _all_up(children: Iterable[Child]) -> None:
    for child in children:
        await child.up.wait()


async def _live(child: Child) -> None:
    """One life of a child, from its start until it has been reaped."""
    try:
        process = _spawn(child)
    except OSError:
        # No room for one more process, which an experiment may have brought about: as if it had died.
        return
    # All of its life is followed by this: the pid may be another's once the child has been reaped.
    pidfd = os.pidfd_open(process.pid)
    try:
        if await _says_ready(process):
            _tell_started(child, process.pid)
        await readable(pidfd)
    finally:
        await _end(pidfd)
        process.wait()
        os.close(pidfd)


def _tell_started(child: Child, pid: int) -> None:
    child.starts += 1
    child.up.set()
    told: dict[str, str | int] = {"event": "started", "role": child.role, "index": child.index}
    tell(told | {"port": child.port, "pid": pid, "starts": child.starts})


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


async def _set_after_input_end(stop: asyncio.Event) -> None:
    while True:
        await readable(_STDIN)
        if not os.read(_STDIN, 1024):
            stop.set()
            return


async def _set_after_exit(owner_pidfd: int, stop: asyncio.Event) -> None:
    # The pipe alone could be held open by a process the owner forked.
    await readable(owner_pidfd)
    stop.set()


def tell(told: dict[str, str | int]) -> None:
    """Tell the owner. Never blocks and never fails: an owner who does not read asks for nothing."""
    try:
        os.write(_STDOUT, json.dumps(told).encode() + b"\n")
    except (BlockingIOError, BrokenPipeError):
        return


def run(settings: Settings) -> int:
    """The supervisor's whole life; its exit code."""
    os.set_blocking(_STDOUT, False)
    owner_pid = int(os.environ[PARENT_VARIABLE])
    owner_pidfd = os.pidfd_open(owner_pid)
    exit_if_orphaned(owner_pid)
    with ExitStack() as stack:
        try:
            front = stack.enter_context(ports.reserve(settings.port))
            replicas = [stack.enter_context(ports.reserve()) for _ in range(settings.replicas)]
        except OSError as error:
            tell({"event": "failed", "reason": f"no port {settings.port or ''}: {error.strerror}"})
            return 1
        asyncio.run(Supervisor(settings, _children(settings, front, replicas), owner_pidfd).run())
    return 0


def _children(settings: Settings, front: socket.socket, replicas: list[socket.socket]) -> list[Child]:
    numbers = [ports.number(holder) for holder in replicas]
    kept = [
        Child("replica", index, number, settings.replica_argv(index, number))
        for index, number in enumerate(numbers)
    ]
    port = ports.number(front)
    # Last: a front that comes first finds nobody and starts by putting its replicas out.
    return [*kept, Child("front", 0, port, settings.front_argv(port, numbers), after=kept)]
