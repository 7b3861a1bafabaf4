"""A process must not outlive another: bound to it by the kernel, noticed by event.

Linux only: PR_SET_PDEATHSIG (prctl(2)) and pid file descriptors (pidfd_open(2)).
"""

import asyncio
import contextlib
import ctypes
import os
import select
import signal
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent_thread(parent_pid: int) -> None:
    """Have the kernel SIGKILL this process when the *thread* that started it ends.

    So it fits a parent that starts its children in its main thread. It also works on a stopped
    process, which could notice nothing by itself. Not inherited: each child asks for itself.

    Raises OSError where prctl fails, SystemExit where the parent has already gone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    exit_if_orphaned(parent_pid)


def exit_if_orphaned(parent_pid: int) -> None:
    """Close the gap between a process' start and its tie to the parent."""
    if os.getppid() != parent_pid:
        raise SystemExit(1)


async def readable(fd: int) -> None:
    """Wait until a file descriptor is readable or at its end; for a pidfd: until the process has exited."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def on_readable() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(fd, on_readable)
    try:
        await ready
    finally:
        loop.remove_reader(fd)


def wait_gone(pids: list[int], timeout_s: float) -> None:
    """Wait, by event, until these processes have exited, or for the timeout."""
    deadline_s = time.monotonic() + timeout_s
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            pidfd = os.pidfd_open(pid)
            try:
                poll = select.poll()
                poll.register(pidfd, select.POLLIN)
                poll.poll(max(deadline_s - time.monotonic(), 0) * 1000)
            finally:
                os.close(pidfd)
