"""The runner's end of the guardian: starts it, keeps it and its fuse calm, notices its death."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.errors import Refused
from seatrial.guardian.forked import Begun
from seatrial.guardian.protocol import (
    ARM,
    BEAT,
    BEAT_EVERY_S,
    FUSE_ARM,
    FUSE_BEGIN,
    FUSE_CALM,
    FUSE_QUIT,
    LINE_BYTES_MAX,
    QUIT,
    READY,
    SILENCE_MAX_S,
    TAKE,
)
from seatrial.journal.entries import GuardianReady, Undo
from seatrial.store import Run
from seatrial.targets.process import this_process, wait_until_gone

START_TIMEOUT_S: Final = 20.0
_PARTING_S: Final = 10.0
"""How long a runner may take to tell of its end, once the guardian's time is over."""
_ENDED = (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)


class GuardianLink:
    """A guardian that is ready. Use `open_guardian`."""

    def __init__(self, stream: anyio.abc.SocketStream, ready: GuardianReady, fuse_pipe: int) -> None:
        self.ready = ready
        self._stream = stream
        self._received = BufferedByteReceiveStream(stream)
        self._sending = anyio.Lock()
        self._fuse_pipe = fuse_pipe
        self._dismissed = False
        self._is_armed = False
        self._tell_fuse(FUSE_BEGIN)

    async def arm(self, undos: Sequence[Undo]) -> None:
        """Tell it what is about to be injected, so that it can undo without the journal too."""
        self._is_armed = True
        lines = [ARM + b" " + undo.model_dump_json(by_alias=True).encode() for undo in undos]
        # One that died just now is noticed by `keep`, which stops the run.
        with contextlib.suppress(*_ENDED):
            await self._send(b"\n".join(lines))

    def limit(self, within_s: float) -> None:
        """From now on no fault outlasts this time, whatever happens to runner and guardian."""
        self._tell_fuse(FUSE_ARM + f"{within_s:.3f}".encode())

    def calm(self) -> None:
        """Every fault is gone: there is no limit any more."""
        self._tell_fuse(FUSE_CALM)

    async def keep(self, on_death: Callable[[str], object]) -> None:
        """Beat until cancelled; calls `on_death` with the reason when the guardian answers no more."""
        reason = ""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._beat)
                while True:
                    with anyio.fail_after(SILENCE_MAX_S):
                        await self._received.receive_until(b"\n", LINE_BYTES_MAX)
        except* _ENDED:
            reason = "the guardian died"
        except* TimeoutError:
            reason = f"the guardian was silent for {SILENCE_MAX_S:g} s"
        if not self._dismissed:
            on_death(reason)

    async def dismiss(self) -> None:
        """All is undone and written: it may go, and the fuse with it."""
        if self._dismissed:
            return
        self._dismissed = True
        self._tell_fuse(FUSE_QUIT)
        with contextlib.suppress(*_ENDED):
            await self._send(QUIT + b" ")

    async def leave(self) -> None:
        """Before the link is closed: where nothing was ever injected, there is nothing to finish."""
        if not self._is_armed:
            with anyio.CancelScope(shield=True):
                await self.dismiss()

    async def hand_over(self, within_s: float) -> None:
        """Let it finish the run, whose journal is closed by now; returns at its end. The fuse stays."""
        if self._dismissed:
            return
        self._dismissed = True
        self.limit(within_s + _PARTING_S)  # the first limit left no time for this
        with contextlib.suppress(*_ENDED):
            await self._send(TAKE + b" ")
        await anyio.to_thread.run_sync(wait_until_gone, self.ready.guardian.pid, within_s)

    async def _beat(self) -> None:
        while True:
            await self._send(BEAT + b" ")
            await anyio.sleep(BEAT_EVERY_S)

    async def _send(self, lines: bytes) -> None:
        async with self._sending:
            await self._stream.send(lines + b"\n")

    def _tell_fuse(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # a fuse that is gone cannot be helped
            os.write(self._fuse_pipe, line + b"\n")


@asynccontextmanager
async def open_guardian(
    run: Run, packs: Sequence[str], crew_pipe: tuple[int, int], begun: Begun | None = None
) -> AsyncIterator[GuardianLink]:
    """Start a guardian, which has a fuse; raises Refused where the guardian does not get ready.

    `crew_pipe`: every worker of the runner keeps its second end open. When the last of them is gone,
    the guardian knows by the first that nothing of the runner can still inject. `begun`: one that was
    forked before.
    """
    guardian = _begin(run, packs, crew_pipe) if begun is None else begun
    link: GuardianLink | None = None
    try:
        if begun is not None:
            begun.assign(run)
        with guardian.link as ours:
            ours.setblocking(False)
            async with await anyio.abc.SocketStream.from_socket(ours) as stream:
                ready = await _await_ready(stream)
                link = GuardianLink(stream, ready, guardian.fuse_pipe[1])
                try:
                    yield link
                finally:
                    await link.leave()
    finally:
        for descriptor in guardian.fuse_pipe:
            os.close(descriptor)
        if link is None:  # nothing was injected, so there is nothing to finish
            with contextlib.suppress(ProcessLookupError):
                os.kill(guardian.pid, signal.SIGKILL)
        _reap(guardian.pid)


def _begin(run: Run, packs: Sequence[str], crew_pipe: tuple[int, int]) -> Begun:
    ours, theirs = socket.socketpair()
    fuse_pipe = os.pipe()
    with theirs:
        keep = [theirs.fileno(), crew_pipe[0], *fuse_pipe]
        runner = this_process()
        command = ["-m", "seatrial.guardian", str(run.folder), f"{runner.pid}:{runner.start_ticks}"]
        try:
            process = _start([*command, *map(str, keep), *packs], keep)
        except Refused:
            ours.close()
            for descriptor in fuse_pipe:
                os.close(descriptor)
            raise
    process.returncode = 0  # `_reap` waits for it
    return Begun(process.pid, ours, fuse_pipe)


async def _await_ready(stream: anyio.abc.SocketStream) -> GuardianReady:
    received = BufferedByteReceiveStream(stream)
    try:
        with anyio.fail_after(START_TIMEOUT_S):
            line = await received.receive_until(b"\n", LINE_BYTES_MAX)
    except (TimeoutError, *_ENDED):
        raise _not_ready("see the message above") from None
    word, _, payload = line.partition(b" ")
    assert word == READY
    return GuardianReady.model_validate_json(payload)


def _not_ready(reason: str) -> Refused:
    return Refused(
        "the guardian did not become ready, so nothing was touched",
        f"{reason}; without a guardian no fault is injected",
    )


def _start(arguments: Sequence[str], keep: Sequence[int]) -> "subprocess.Popen[bytes]":
    command = [*_own_scope(), sys.executable, *arguments]
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=keep, start_new_session=True)
    except OSError as error:
        raise _not_ready(error.strerror or str(error)) from None


def _own_scope() -> list[str]:
    """Where systemd is there, a scope of its own, so that the end of the runner's unit spares it."""
    import shutil

    if not Path("/run/systemd/system").is_dir() or shutil.which("systemd-run") is None:
        return []
    whose = [] if os.geteuid() == 0 else ["--user"]
    scope = ["systemd-run", *whose, "--scope", "--quiet", "--collect"]
    try:
        probe = subprocess.run(
            [*scope, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return scope if probe.returncode == 0 else []


def _reap(pid: int) -> None:
    """It ends by itself once the link is closed; when it has work to do, it does that alone."""
    if wait_until_gone(pid, 2):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
