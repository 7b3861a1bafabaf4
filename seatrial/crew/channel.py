"""A channel to another process: lines over a socket.

On asyncio itself: a stream of anyio takes two turns of the event loop more for each line, twice the time.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import anyio.lowlevel

_PIECE_BYTES: Final = 1 << 16
_DIES_WITHIN_S: Final = 0.5


class Channel:
    """One side of it. One task writes at a time, and one reads."""

    def __init__(self, connection: socket.socket, line_bytes_max: int) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._line_bytes_max = line_bytes_max
        self._received = bytearray()
        self._waiting: asyncio.Future[None] | None = None

    async def send(self, line: bytes) -> None:
        """Write a line, unless the caller was cancelled; raises EOFError where nobody reads any more."""
        await anyio.lowlevel.checkpoint_if_cancelled()
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, line + b"\n")
        except OSError as error:
            raise EOFError(f"the worker process died: {error.strerror}") from None

    async def receive(self) -> bytes:
        """The next line; raises EOFError where the other side has ended, or writes no end of it."""
        while (line := self._line()) is None:
            if len(self._received) > self._line_bytes_max:
                raise EOFError(f"the worker process answered with more than {self._line_bytes_max} bytes")
            self._received += await self._piece()
        return line

    def rest(self) -> Iterator[bytes]:
        """Of a process that was killed, the lines that it had written before."""
        self._socket.settimeout(_DIES_WITHIN_S)
        with contextlib.suppress(OSError):
            while piece := self._socket.recv(_PIECE_BYTES):
                self._received += piece
        while (line := self._line()) is not None:
            yield line

    def _line(self) -> bytes | None:
        end = self._received.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    async def _piece(self) -> bytes:
        while (piece := self._there()) is None:
            await self._readable()
        if not piece:
            raise EOFError("the worker process died")
        return piece

    def _there(self) -> bytes | None:
        """What has come, nothing at the end; None where it is still to come."""
        if self._socket.fileno() < 0:
            raise EOFError("the channel is closed")
        try:
            return self._socket.recv(_PIECE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    async def _readable(self) -> None:
        loop, descriptor = asyncio.get_running_loop(), self._socket.fileno()
        if descriptor < 0:
            raise EOFError("the channel is closed")
        self._waiting = loop.create_future()
        loop.add_reader(descriptor, _wake, self._waiting)
        try:
            await self._waiting
        finally:
            if self._socket.fileno() >= 0:
                loop.remove_reader(descriptor)
            self._waiting = None

    def close(self) -> None:
        """Close it; whoever still reads gets an EOFError."""
        if self._waiting is not None and not self._waiting.done():
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._waiting.set_exception(EOFError("the channel is closed"))
        self._socket.close()


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
