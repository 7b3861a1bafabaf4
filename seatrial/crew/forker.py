"""The other side of forking: asks a template for hands, and can end every one of them."""

import contextlib
import os
import signal
import socket
import weakref
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.crew import session
from seatrial.crew.forks import READY

START_TIMEOUT_S: Final = 20.0
FORK_TIMEOUT_S: Final = 5.0


@dataclass(eq=False)
class Hand:
    """A process that works for us, and the socket to it."""

    pid: int
    stream: anyio.abc.SocketStream
    received: BufferedByteReceiveStream

    def __post_init__(self) -> None:
        self._descriptor = -1
        with contextlib.suppress(OSError):  # it has died already
            self._descriptor = os.pidfd_open(self.pid)
            weakref.finalize(self, os.close, self._descriptor)

    def kill(self) -> None:
        """End it and all that it started in its group.

        First itself: one that was forked just now has no group of its own yet, and may have a request.
        """
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Return once it has ended, whoever ended it."""
        if self._descriptor >= 0:
            await anyio.wait_readable(self._descriptor)

    def kill_session(self) -> None:
        """Also what has made itself a group of its own since, as a shell's jobs do."""
        self.kill()
        session.kill(self.pid)


class Forker:
    """Forks hands out of one template."""

    def __init__(self, template_pid: int, control: socket.socket) -> None:
        self._template_pid = template_pid
        self._control = control
        self._forking = anyio.Lock()
        self._broken = False

    async def ready(self) -> None:
        """Return once the template has its imports; raises TimeoutError, or OSError where it died."""
        with anyio.fail_after(START_TIMEOUT_S):
            await anyio.wait_readable(self._control)
        if self._control.recv(32) != READY:
            raise OSError("see the message above")

    async def fork(self) -> Hand:
        """Raises OSError where no process can be made."""
        async with self._forking:
            if self._broken:
                raise OSError("the process that forks them does not answer")
            ours, theirs = socket.socketpair()
            try:
                pid = await self._forked(theirs)
            except OSError:
                ours.close()
                raise
            finally:
                theirs.close()
            ours.setblocking(False)
            with anyio.CancelScope(shield=True):
                stream = await anyio.abc.SocketStream.from_socket(ours)
            return Hand(pid, stream, BufferedByteReceiveStream(stream))

    async def _forked(self, theirs: socket.socket) -> int:
        """The pid of a hand at the other end of this socket.

        Shielded: an answer that nobody awaits any more would be taken for that to the next request.
        """
        self._broken = True
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + FORK_TIMEOUT_S):
            socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
            await anyio.wait_readable(self._control)
            answer = self._control.recv(32)
            self._broken = not answer
        if self._broken:
            raise OSError("the process that forks them does not answer")
        if (pid := int(answer)) < 0:
            raise OSError(-pid, os.strerror(-pid))
        return pid

    def end(self) -> None:
        """End the template, and wait until it is gone; its hands die with it."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._template_pid, signal.SIGKILL)
            os.waitpid(self._template_pid, 0)
