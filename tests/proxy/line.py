"""A client, a proxy and a server on loopback, in one event loop."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from seatrial.proxy.faults import Fault
from seatrial.proxy.origin import fixed
from seatrial.proxy.proxy import Proxy

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LEASE = "lease"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says what it hears, until there is no more."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
    finally:
        writer.close()


class Line:
    """The proxy, and how to get a client that goes through it."""

    def __init__(self, proxy: Proxy, port: int) -> None:
        self.proxy, self.port = proxy, port
        self._clients: list[asyncio.StreamWriter] = []

    async def client(self) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._clients.append(writer)
        return reader, writer

    def put(self, kind: str, lease: str = LEASE, **more: Any) -> None:
        """Let a fault begin; what is no part of every fault is a setting of this kind."""
        of_every = ("share", "stream", "methods", "path")
        given: dict[str, Any] = {key: more.pop(key) for key in of_every if key in more}
        self.proxy.put(lease, Fault.parse({"kind": kind, "settings": more, **given}), 60.0)

    async def until_empty(self) -> None:
        """The proxy has forgotten every connection."""
        for _ in range(400):
            if self.proxy.connections == 0:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.proxy.connections} connections are left")

    def close(self, *clients: asyncio.StreamWriter) -> None:
        """These, or all of them."""
        for writer in clients or tuple(self._clients):
            writer.close()
            self._clients.remove(writer)


def listen(kernel_bytes: int | None) -> socket.socket:
    """`kernel_bytes`: what the kernel keeps for a reader; without it, that grows with the reader's delay."""
    taking = socket.create_server(("127.0.0.1", 0), backlog=4096)
    taking.setblocking(False)
    if kernel_bytes is not None:
        taking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kernel_bytes)
    return taking


@asynccontextmanager
async def line(
    serve: Serve = echo, port: int = 0, *, http: bool = False, kernel_bytes: int | None = None
) -> AsyncIterator[Line]:
    """A proxy in front of a server, or of a port."""
    server = await asyncio.start_server(serve, sock=listen(kernel_bytes), backlog=4096)
    taking = listen(kernel_bytes)
    proxy = Proxy(fixed("127.0.0.1", port or server.sockets[0].getsockname()[1]), http=http)
    async with proxy.listening([taking]):
        found = Line(proxy, taking.getsockname()[1])
        try:
            yield found
            found.close()
            await found.until_empty()
        finally:
            server.close()


async def round_trip_s(client: Client, size: int = 100) -> float:
    """How long an echo takes."""
    reader, writer = client
    began = time.monotonic()
    writer.write(bytes(size))
    await reader.readexactly(size)
    return time.monotonic() - began


def is_added_at_p50(asked_s: float, straight: Sequence[float], late: Sequence[float]) -> bool:
    """No round trip is shorter than what was asked for, and the median one at most a tenth longer.

    What a busy machine adds to one of both medians alone does not make it wrong the other way.
    """
    return asked_s <= min(late) and median(late) - median(straight) <= asked_s * 1.1


def no_linger(writer: asyncio.StreamWriter) -> None:
    """Its close becomes a reset."""
    found = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
