"""The other side of forking: asks a template for hands, and can end every one of them."""

import contextlib
import os
import signal
import socket
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio

from seatrial.crew import session
from seatrial.crew.channel import Channel
from seatrial.crew.forks import READY

START_TIMEOUT_S: Final = 20.0
FORK_TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
_SAID_BYTES_MAX: Final = 65536


class HandProcess:
    """A process that works for us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
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


@dataclass(eq=False)
class Hand:
    """A process, and a channel to it: over each it does one thing at a time."""

    process: HandProcess
    channel: Channel

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End the process, with all that it does over other sockets."""
        self.process.kill()

    def close(self) -> None:
        """Close the channel; a process without any ends."""
        self.channel.close()


class Forker:
    """Forks hands out of one template."""

    def __init__(self, template_pid: int, control: socket.socket) -> None:
        self._template_pid = template_pid
        self._control = control
        self._forking = anyio.Lock()
        self._broken = False

    async def ready(self) -> bytes:
        """What the template says once it has its imports; raises TimeoutError, or OSError where it died."""
        with anyio.fail_after(START_TIMEOUT_S):
            await anyio.wait_readable(self._control)
        said = self._control.recv(_SAID_BYTES_MAX)
        if not said.startswith(READY):
            raise OSError("see the message above")
        return said.removeprefix(READY)

    async def fork(self) -> Hand:
        """One with a process of its own; raises OSError where no process can be made."""
        (hand,) = await self.fork_with(1)
        return hand

    async def fork_with(self, lanes: int) -> list[Hand]:
        """Several to one process; raises OSError where no process can be made."""
        async with self._forking:
            if self._broken:
                raise OSError("the process that forks them does not answer")
            pairs = [socket.socketpair() for _ in range(lanes)]
            try:
                process = HandProcess(await self._forked([theirs for _, theirs in pairs]))
            except OSError:
                for ours, _ in pairs:
                    ours.close()
                raise
            finally:
                for _, theirs in pairs:
                    theirs.close()
            return [Hand(process, Channel(ours, ANSWER_BYTES_MAX)) for ours, _ in pairs]

    async def _forked(self, theirs: Sequence[socket.socket]) -> int:
        """The pid of a process at the other end of these sockets.

        Shielded: an answer that nobody awaits any more would be taken for that to the next request.
        """
        self._broken = True
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + FORK_TIMEOUT_S):
            socket.send_fds(self._control, [b"fork"], [one.fileno() for one in theirs])
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
