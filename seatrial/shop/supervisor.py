"""The supervisor: keeps the front and the replicas alive, and lets none of them outlive it.

It ends with its owner: at the end of its standard input, at the owner's exit, at SIGTERM. What it tells its
owner goes to standard output as JSON lines: `started` for each start of a child, `ready` once all have been
started; or `failed`.
"""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial

from seatrial.shop import ports
from seatrial.shop.child import Child, live, restart_delay_s
from seatrial.shop.lifeline import exit_if_orphaned, readable
from seatrial.shop.settings import PARENT_VARIABLE, Settings

_STDIN, _STDOUT = 0, 1


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
            await live(child, partial(_tell_started, child))
            child.died(time.monotonic() - begin_s)
            # Its port is held meanwhile, so the same argv works again.
            await asyncio.sleep(restart_delay_s(child.quick_deaths, self._settings.restart_delay_s))


async def _all_up(children: Iterable[Child]) -> None:
    for child in children:
        await child.up.wait()


def _tell_started(child: Child, pid: int) -> None:
    told: dict[str, str | int] = {"event": "started", "role": child.role, "index": child.index}
    tell(told | {"port": child.port, "pid": pid, "starts": child.starts})


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
    exit_if_orphaned(owner_pid)
    owner_pidfd = os.pidfd_open(owner_pid)
    # Once more: only an owner that was there after the opening is the one that was opened.
    exit_if_orphaned(owner_pid)
    with ExitStack() as stack:
        try:
            front = stack.enter_context(ports.reserve(settings.port))
            replicas = [stack.enter_context(holder) for holder in _beside(settings)]
        except OSError as error:
            tell({"event": "failed", "reason": f"no port {settings.port or ''}: {error.strerror}"})
            return 1
        asyncio.run(Supervisor(settings, _children(settings, front, replicas), owner_pidfd).run())
    return 0


def _beside(settings: Settings) -> Iterator[socket.socket]:
    """Ports of the replicas: those after a front's that was given, so that they are known; else any."""
    for index in range(settings.replicas):
        try:
            yield ports.reserve(settings.port + 1 + index if settings.port else 0)
        except (OSError, OverflowError):
            yield ports.reserve()


def _children(settings: Settings, front: socket.socket, replicas: list[socket.socket]) -> list[Child]:
    numbers = [ports.number(holder) for holder in replicas]
    kept = [
        Child("replica", index, number, settings.replica_argv(index, number))
        for index, number in enumerate(numbers)
    ]
    port = ports.number(front)
    # Last: a front that comes first finds nobody and starts by putting its replicas out.
    return [*kept, Child("front", 0, port, settings.front_argv(port, numbers), after=kept)]
