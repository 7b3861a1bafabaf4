"""The engine's end of the socket on which the shim reports."""

import json
import socket
from types import TracebackType
from typing import Self, cast

import anyio

from seatrial.load.wire import MESSAGE_BYTES_MAX, Message

SEND_BUFFER_BYTES = 1 << 20


class Channel:
    """A SEQPACKET pair: one message in, one message out, and an end when nobody holds the other side."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._ours.setblocking(False)

    @property
    def child_fd(self) -> int:
        """What the Locust process inherits."""
        return self._theirs.fileno()

    def handed_over(self) -> None:
        """The child has its end: ours of it is closed, so that the child's end is seen."""
        self._theirs.close()

    def received(self) -> Message | None:
        """A message that has arrived already, or None; raises EOFError at the end."""
        try:
            data = self._ours.recv(MESSAGE_BYTES_MAX)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            data = b""  # the other side died with something unread
        if not data:
            raise EOFError
        return cast("Message", json.loads(data))

    async def wait(self) -> None:
        """Until there is a message or the end."""
        await anyio.wait_readable(self._ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._theirs.close()
        self._ours.close()
