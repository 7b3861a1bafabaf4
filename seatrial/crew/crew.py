"""The crew: hands on demand, a bounded number at work, none that cannot be killed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.crew.template import READY
from seatrial.crew.verbs import Answer, Failure, Request
from seatrial.errors import Refused

AT_ONCE: Final = 8
"""How many verbs run at the same time."""
READY_AT_ONCE: Final = 2
"""How many hands wait idle: an undo never has to wait for a fork."""
START_TIMEOUT_S: Final = 20.0
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


@dataclass(eq=False)
class _Hand:
    pid: int
    stream: anyio.abc.SocketStream
    received: BufferedByteReceiveStream

    def kill(self) -> None:
        """End it and all that it started in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class Crew:
    """Does verbs in processes that can be killed. Use `open_crew`."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        self.pid = process.pid
        self._process = process
        self._control = control
        self._forking = anyio.Lock()
        self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._idle: list[_Hand] = []
        self._busy: set[_Hand] = set()

    async def call(self, request: Request, timeout_s: float) -> Answer:
        """Do one verb. A hand that takes longer, or whose caller is cancelled, is killed."""
        async with self._limiter:
            try:
                hand = self._idle.pop() if self._idle else await self._fork()
            except OSError as error:
                return Answer(
                    failure=Failure.RETRYABLE, reason=f"no worker process: {error.strerror or error}"
                )
            self._busy.add(hand)
            return await self._ask(hand, request, timeout_s)

    async def _ask(self, hand: _Hand, request: Request, timeout_s: float) -> Answer:
        answered = False
        try:
            with anyio.fail_after(timeout_s):
                await hand.stream.send(request.model_dump_json(by_alias=True).encode() + b"\n")
                line = await hand.received.receive_until(b"\n", ANSWER_BYTES_MAX)
            answered = True
            return Answer.model_validate_json(line)
        except TimeoutError:
            return Answer(
                failure=Failure.TIMEOUT, reason=f"{request.verb} did not end within {timeout_s:g} s"
            )
        except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
            return Answer(failure=Failure.DIED, reason=f"the worker process died during {request.verb}")
        finally:
            self._busy.discard(hand)
            if answered:
                self._idle.append(hand)
            else:
                hand.kill()
                with anyio.CancelScope(shield=True):
                    await anyio.aclose_forcefully(hand.stream)

    async def warm(self) -> None:
        """Have hands ready before they are needed."""
        while len(self._idle) < READY_AT_ONCE:
            self._idle.append(await self._fork())

    async def _fork(self) -> _Hand:
        async with self._forking:
            ours, theirs = socket.socketpair()
            try:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
                await anyio.wait_readable(self._control)
                pid = int(self._control.recv(32) or b"-32")
            finally:
                theirs.close()
            if pid < 0:
                ours.close()
                raise OSError(-pid, os.strerror(-pid))
            ours.setblocking(False)
            stream = await anyio.abc.SocketStream.from_socket(ours)
            return _Hand(pid, stream, BufferedByteReceiveStream(stream))

    async def close(self) -> None:
        """End every hand and the template, and wait until they are gone."""
        for hand in (*self._idle, *self._busy):
            hand.kill()
        for hand in self._idle:
            await anyio.aclose_forcefully(hand.stream)
        self._control.close()
        self._process.kill()
        self._process.wait()


@asynccontextmanager
async def open_crew(packs: Sequence[Path], held_open: Sequence[int] = ()) -> AsyncIterator[Crew]:
    """A crew with the actions of these packs loaded; raises Refused where it cannot be started.

    `held_open`: descriptors that every process of the crew keeps, so that their end tells when all are gone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arguments = [sys.executable, "-m", "seatrial.crew.template", str(theirs.fileno()), *map(str, packs)]
    with theirs:
        keep = [theirs.fileno(), *held_open]
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, pass_fds=keep)  # noqa: ASYNC220  a fork
    crew = Crew(process, ours)
    try:
        with anyio.fail_after(START_TIMEOUT_S):
            await anyio.wait_readable(ours)
        if ours.recv(32) != READY:
            raise Refused("the worker processes did not start", "nothing was touched; see the message above")
        await crew.warm()
        yield crew
    finally:
        with anyio.CancelScope(shield=True):
            await crew.close()
