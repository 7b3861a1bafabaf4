"""The fuse: a process that waits for the worst, and then does what a guardian does.

    runner ──┐
             ├── one pipe ──▶ fuse       its end without a farewell: both of them are gone
    guardian ┘                           its time is over: both of them hang, or are stopped

A fork of the guardian, so that everything it may need is imported: it undoes at once, where a program
of its own would first have to start.
"""

import contextlib
import os
import select
import signal
import time
from typing import Final

import anyio

from seatrial.crew.crew import crew_of
from seatrial.crew.forks import close_all_but
from seatrial.crew.template import fork_template
from seatrial.guardian.protocol import FUSE_ARM, FUSE_BEGIN, FUSE_QUIT
from seatrial.guardian.takeover import TakeOver, own_or_remember, wait_for_crew
from seatrial.pack import Pack
from seatrial.store import Run
from seatrial.targets.process import Identity, identify, start_ticks, this_process

_CHUNK_BYTES: Final = 4096


def fork_fuse(run: Run, pack: Pack, runner: Identity, *, pipe: int, crew_pipe: int) -> Identity:
    """A fuse out of this guardian, which must have no thread beside its own.

    `pipe`: runner and guardian keep its other end and speak by it; `crew_pipe`: as in `open_guardian`.
    """
    guardian = this_process()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            close_all_but({0, 1, 2, pipe, crew_pipe})
            if reason := watch(pipe):
                end(runner)
                end(guardian)
                _finish(run, pack, crew_pipe, reason)
        finally:
            os._exit(0)
    return identify(pid)


def watch(pipe: int) -> str | None:
    """Why a guardian is needed; None when the run ended well."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    deadline_s: float | None = None
    has_begun, rest = False, b""
    while True:
        left_ms = None if deadline_s is None else max(0.0, deadline_s - time.monotonic()) * 1000
        if not poll.poll(left_ms):
            return "runner and guardian let the absolute limit pass"
        data = os.read(pipe, _CHUNK_BYTES)
        if not data:
            return "runner and guardian both died" if has_begun else None
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line == FUSE_QUIT:
                return None
            has_begun = has_begun or line == FUSE_BEGIN
            is_armed = line.startswith(FUSE_ARM)
            deadline_s = time.monotonic() + float(line.removeprefix(FUSE_ARM)) if is_armed else None


def end(process: Identity) -> None:
    """SIGKILL to this very process, should it still be there."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(process.pid)
        try:
            if start_ticks(process.pid) == process.start_ticks:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)


def _finish(run: Run, pack: Pack, crew_pipe: int, reason: str) -> None:
    template = fork_template(pack, [crew_pipe])

    async def take_over() -> None:
        async with crew_of(*template) as crew:
            wait_for_crew(crew_pipe)
            ledger, journal = await own_or_remember(run)
            if journal is not None and not journal.is_over:
                await TakeOver(run, crew, ledger, journal, "guardian", reason).finish()
            ledger.close()

    anyio.run(take_over)
