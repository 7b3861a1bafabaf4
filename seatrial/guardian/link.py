"""The runner's end of the guardian: starts it, keeps it calm, notices its death."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.errors import Refused
from seatrial.guardian.protocol import ARM, BEAT, BEAT_EVERY_S, LINE_BYTES_MAX, QUIT, READY, SILENCE_MAX_S
from seatrial.journal.entries import Process, Undo
from seatrial.store import Run

START_TIMEOUT_S: Final = 20.0
_ENDED = (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)


class GuardianLink:
    """A guardian that is ready. Use `open_guardian`."""

    def __init__(self, stream: anyio.abc.SocketStream, process: Process) -> None:
        self.process = process
        self._stream = stream
        self._received = BufferedByteReceiveStream(stream)
        self._dismissed = False

    async def arm(self, undos: Sequence[Undo]) -> None:
        """Tell it what is about to be injected, so that it can undo without the journal too."""
        for undo in undos:
            await self._send(ARM, undo.model_dump_json(by_alias=True).encode())

    async def keep(self, on_death: Callable[[str], object]) -> None:
        """Beat until cancelled; calls `on_death` with the reason when the guardian answers no more."""
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
        """All is undone and written: it may go."""
        self._dismissed = True
        try:
            await self._send(QUIT)
        except _ENDED:
            return

    async def _beat(self) -> None:
        while True:
            await self._send(BEAT)
            await anyio.sleep(BEAT_EVERY_S)

    async def _send(self, word: bytes, payload: bytes = b"") -> None:
        await self._stream.send(word + b" " + payload + b"\n")


@asynccontextmanager
async def open_guardian(run: Run, packs: Sequence[Path]) -> AsyncIterator[tuple[GuardianLink, int]]:
    """Start a guardian and wait until it is ready; raises Refused where it does not get so far.

    Also gives the descriptor that every worker of the runner has to keep open: when the last of them is
    gone, the guardian knows that nothing of the runner can still inject.
    """
    ours, theirs = socket.socketpair()
    crew_read, crew_write = os.pipe()
    try:
        process = _start(run, packs, theirs.fileno(), crew_read)
    finally:
        theirs.close()
        os.close(crew_read)
    ours.setblocking(False)
    stream = await anyio.abc.SocketStream.from_socket(ours)
    try:
        async with stream:
            ready = await _await_ready(stream)
            yield GuardianLink(stream, ready), crew_write
    finally:
        os.close(crew_write)
        _reap(process)


async def _await_ready(stream: anyio.abc.SocketStream) -> Process:
    received = BufferedByteReceiveStream(stream)
    try:
        with anyio.fail_after(START_TIMEOUT_S):
            line = await received.receive_until(b"\n", LINE_BYTES_MAX)
    except (TimeoutError, *_ENDED):
        raise Refused(
            "the guardian did not become ready, so nothing was touched",
            "see the message above; without a guardian no fault is injected",
        ) from None
    word, _, payload = line.partition(b" ")
    assert word == READY
    return Process.model_validate_json(payload)


def _start(run: Run, packs: Sequence[Path], link: int, crew: int) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-m",
        "seatrial.guardian",
        str(run.folder),
        str(link),
        str(crew),
        *map(str, packs),
    ]
    return subprocess.Popen(
        [*_own_scope(), *command], stdin=subprocess.DEVNULL, pass_fds=[link, crew], start_new_session=True
    )


def _own_scope() -> list[str]:
    """Where systemd is there, a scope of its own, so that stopping the runner's unit spares the guardian."""
    import shutil

    if not Path("/run/systemd/system").is_dir() or shutil.which("systemd-run") is None:
        return []
    whose = [] if os.geteuid() == 0 else ["--user"]
    probe = ["systemd-run", *whose, "--scope", "--quiet", "--collect", "true"]
    works = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
    return ["systemd-run", *whose, "--scope", "--quiet", "--collect"] if works.returncode == 0 else []


def _reap(process: "subprocess.Popen[bytes]") -> None:
    """It ends by itself once the link is closed; when it has work to do, it does that alone."""
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it goes on; nobody waits for it
