"""A resolver in front of another: it answers what a fault hits, and passes on all else as it is."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Final, cast

from seatrial.proxy.names import NameFault

_PORT: Final = 53
_WAITS_S: Final = 10.0
"""For an answer, or the next query on a connection; whoever asks has given up before."""
_ASKED_MAX: Final = 2000
"""How many queries by UDP may wait at once."""
_ID_BYTES: Final = 2
_LENGTH: Final = struct.Struct("!H")

Answer = Callable[[bytes], None]


class Resolver:
    """In one server's place: queries come by UDP and TCP, and go on to it from sockets with a mark."""

    def __init__(self, server: str, fault: NameFault, mark: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self._server, self._fault, self._mark = (server, _PORT), fault, mark
        self._asked = _Asked()

    async def listen(self) -> dict[str, int]:
        """Take queries on loopback from now on; the ports. Raises OSError where no route leads there."""
        asking = self._socket(socket.SOCK_DGRAM)
        asking.connect(self._server)
        await self._loop.create_datagram_endpoint(lambda: self._asked, sock=asking)
        near = "::1" if self._family is socket.AF_INET6 else "127.0.0.1"
        datagrams, _ = await self._loop.create_datagram_endpoint(
            lambda: _Queries(self._take), local_addr=(near, 0), family=self._family
        )
        streams = await asyncio.start_server(self._serve, near, 0, family=self._family)
        return {
            "udp": datagrams.get_extra_info("sockname")[1],
            "tcp": streams.sockets[0].getsockname()[1],
        }

    def _take(self, query: bytes, answer: Answer) -> None:
        """A query that came by UDP."""
        reaction = self._fault.react(query)
        if reaction.own is not None:
            answer(reaction.own)
        elif not reaction.is_lost:
            self._asked.ask(query, lambda found: self._loop.call_later(reaction.delay_s, answer, found))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Queries that come by TCP, one after the other, each on a connection of its own to the server."""
        try:
            while True:
                query = await _message(reader)
                reaction = self._fault.react(query)
                if not reaction.is_lost:
                    answer = reaction.own or await self._ask_by_tcp(query)
                    await asyncio.sleep(reaction.delay_s)
                    writer.write(_LENGTH.pack(len(answer)) + answer)
                    await writer.drain()
        except (OSError, EOFError, TimeoutError):
            writer.close()

    async def _ask_by_tcp(self, query: bytes) -> bytes:
        asking = self._socket(socket.SOCK_STREAM)
        try:
            await asyncio.wait_for(self._loop.sock_connect(asking, self._server), _WAITS_S)
        except BaseException:
            asking.close()
            raise
        reader, writer = await asyncio.open_connection(sock=asking)
        try:
            writer.write(_LENGTH.pack(len(query)) + query)
            return await _message(reader)
        finally:
            writer.close()

    def _socket(self, kind: socket.SocketKind) -> socket.socket:
        made = socket.socket(self._family, kind)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self._mark)
        return made


class _Asked(asyncio.DatagramProtocol):
    """What the server has been asked by UDP, told apart by ids of our own.

    One socket for all of it, which is there before the redirect: the kernel still knows which port belonged
    to whom long after a query, and would redirect our own one to ourselves from a port that was another's.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[bytes, tuple[bytes, Callable[[bytes], object], asyncio.TimerHandle]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own is none by name

    def ask(self, query: bytes, answer: Callable[[bytes], object]) -> None:
        """Where too many wait already the query gets lost, as on any busy resolver."""
        if len(query) < _ID_BYTES or len(self._waiting) >= _ASKED_MAX:
            return
        number = os.urandom(_ID_BYTES)
        while number in self._waiting:
            number = os.urandom(_ID_BYTES)
        timer = self._loop.call_later(_WAITS_S, self._waiting.pop, number)
        self._waiting[number] = (query[:_ID_BYTES], answer, timer)
        self._transport.sendto(number + query[_ID_BYTES:])

    def datagram_received(self, data: bytes, addr: object) -> None:
        """An answer; those that nobody waits for are dropped."""
        if waiting := self._waiting.pop(data[:_ID_BYTES], None):
            number, answer, timer = waiting
            timer.cancel()
            answer(number + data[_ID_BYTES:])


class _Queries(asyncio.DatagramProtocol):
    """Those that come to us."""

    def __init__(self, take: Callable[[bytes, Answer], None]) -> None:
        self._take = take

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A query, and from where."""
        self._take(data, lambda answer: self._transport.sendto(answer, addr))


async def _message(reader: asyncio.StreamReader) -> bytes:
    """By TCP each has its length before it. Raises EOFError and TimeoutError."""
    async with asyncio.timeout(_WAITS_S):
        (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return await reader.readexactly(size)
