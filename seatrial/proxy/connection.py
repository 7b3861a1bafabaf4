"""A connection through the proxy: two sides, and a lane each way.

    client ══ to_server ══▶ server
           ◀══ to_client ══

What one side does, the other sees: the end of what it says, a close, a reset.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from seatrial.proxy.faults import RESET, Fault, Stream
from seatrial.proxy.lane import Lane
from seatrial.proxy.listener import Listener
from seatrial.proxy.pieces import Mark, Shape

_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """The client or the server."""

    def __init__(self, connection: "Connection", says: Lane, hears: Lane) -> None:
        self._connection = connection
        self.says, self.hears = says, hears
        self.hear: Callable[[bytes | Mark], None] = says.feed
        """Who gets what it says."""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = self.says.source = self.hears.sink = transport
        # asyncio does this only for sockets that were made with IPPROTO_TCP, which accepted ones are not.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.made(self)

    def data_received(self, data: bytes) -> None:
        self.hear(data)

    def eof_received(self) -> bool:
        self.says.source = None  # there is nothing to pause any more, and to resume would be to read it again
        self.hear(Mark.END)
        return True

    def pause_writing(self) -> None:
        self.hears.hold()

    def resume_writing(self) -> None:
        # Not from here: a transport that is closed in this very call tells its loss twice.
        asyncio.get_running_loop().call_soon(self.hears.let_go)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        self._connection.lost(self)

    def end(self) -> None:
        """It is told that nothing more comes."""
        if self.transport is not None and not self.transport.is_closing():
            with suppress(OSError):  # it was reset, and who has said all is not listened to any more
                self.transport.write_eof()

    def close(self, *, reset: bool = False) -> None:
        """After what is written already."""
        if self.transport is not None and not self.transport.is_closing():
            if reset:
                _refuse_to_linger(self.transport)
            self.transport.close()

    def abort(self) -> None:
        """A reset, at once."""
        if self.transport is not None:
            _refuse_to_linger(self.transport)
            self.transport.abort()


class Connection:
    """One client, its server, and the faults that hit it."""

    def __init__(
        self,
        faults: Mapping[str, Fault],
        room: Callable[[], int],
        begin: Callable[["Connection"], None],
        gone: Callable[["Connection"], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._begin, self._gone = begin, gone
        self.to_server = Lane(lambda mark: self._over(mark, self.server), room)
        self.to_client = Lane(lambda mark: self._over(mark, self.client), room)
        self.client = Side(self, self.to_server, self.to_client)
        self.server = Side(self, self.to_client, self.to_server)
        self._ended: set[Side] = set()
        self._left = {self.client}
        self._shapes: dict[str, dict[Lane, Shape]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._listener: Listener | None = None
        for lease, fault in faults.items():
            self.suffer(lease, fault)

    def listen_in(self, listener: Listener) -> None:
        """From now on what both say is heard as HTTP."""
        self._listener = listener
        self.client.hear, self.server.hear = listener.hear_client, listener.hear_server

    def suffer(self, lease: str, fault: Fault) -> None:
        """Let a fault begin here, where chance has it."""
        if fault.hits_requests or not fault.hits():
            return
        if fault.kind == RESET:
            self._timers[lease] = self._loop.call_later(fault.settings["after_s"], self.abort)
            return
        lanes = ((self.to_server, Stream.TO_SERVER), (self.to_client, Stream.TO_CLIENT))
        self._shapes[lease] = {lane: fault.shape() for lane, stream in lanes if fault.is_on(stream)}
        self._reshape(hurry=False)

    def recover(self, lease: str) -> None:
        """Take a fault away; where it has swallowed bytes the connection ends with it."""
        if timer := self._timers.pop(lease, None):
            timer.cancel()
        taken = self._shapes.pop(lease, {})
        if any(shape.swallowed for shape in taken.values()):
            self.abort()
        elif taken:
            self._reshape(hurry=True)

    def hurry(self) -> None:
        """What waits for a fault of requests need not wait any more."""
        if self._listener is not None:
            self._listener.hurry()
            self._reshape(hurry=True)

    def abort(self) -> None:
        """Reset both sides."""
        self.client.abort()
        self.server.abort()

    def made(self, side: Side) -> None:
        """A side is there; the client waits until its server is."""
        assert side.transport is not None
        if side is self.client:
            side.transport.pause_reading()
            self._begin(self)
            return
        self._left.add(side)
        if self.client not in self._left:
            side.abort()
        elif self.client.transport is not None:
            self.client.transport.resume_reading()

    def lost(self, side: Side) -> None:
        """A side has gone. What it said last is still passed on, and then the other one goes too."""
        self._left.discard(side)
        side.hears.clear()
        if not self._left:
            self._forget()
        elif len(self._ended) < 2:
            side.says.feed(Mark.RESET)

    def _over(self, mark: Mark, side: Side) -> None:
        """The end of a lane has come to its far side."""
        if mark is Mark.END:
            side.end()
            self._ended.add(side)
        if mark is not Mark.END or len(self._ended) == 2:
            self.client.close(reset=mark is Mark.RESET)
            self.server.close(reset=mark is Mark.RESET)

    def _reshape(self, *, hurry: bool) -> None:
        for lane in (self.to_server, self.to_client):
            lane.shape([on[lane] for on in self._shapes.values() if lane in on], hurry=hurry)

    def _forget(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self.to_server.clear()
        self.to_client.clear()
        if self._listener is not None:
            self._listener.hurry()
        self._gone(self)


def _refuse_to_linger(transport: asyncio.Transport) -> None:
    """Its close becomes a reset."""
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
