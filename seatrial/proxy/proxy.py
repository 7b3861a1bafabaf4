"""The proxy: it takes connections, makes one to the server for each, and has faults begin and end on them."""

import asyncio
import resource
import socket
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from seatrial.proxy.connection import Connection
from seatrial.proxy.faults import Fault
from seatrial.proxy.listener import Listener
from seatrial.proxy.origin import FindServer
from seatrial.proxy.pieces import ROOM_BYTES_MAX

ROOM_BYTES_ALL: Final = 256 * 2**20
"""What may wait in all lanes together."""
ROOM_BYTES_MIN: Final = 16 * 1024
BACKLOG: Final = 4096
_ENDED_MAX: Final = 1000


class Proxy:
    """All connections through it, and the faults that are on.

    `mark` is the SO_MARK of its own connections, by which a redirect knows and spares them. With `http`
    it reads the HTTP in them, without which faults of HTTP hit nothing.
    """

    def __init__(self, find_server: FindServer, mark: int = 0, *, http: bool = False) -> None:
        self._loop = asyncio.get_running_loop()
        self._find_server, self._mark, self.reads_http = find_server, mark, http
        self._connections: set[Connection] = set()
        self._beginning: set[asyncio.Task[None]] = set()
        self._faults: dict[str, Fault] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._ended: deque[str] = deque(maxlen=_ENDED_MAX)

    @asynccontextmanager
    async def listening(self, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
        """Take connections on these, until the end of it; then all that are left are reset."""
        raise_file_limit()
        servers = [await self._loop.create_server(self._accept, sock=one, backlog=BACKLOG) for one in sockets]
        try:
            yield
        finally:
            for server in servers:
                server.close()
            for connection in tuple(self._connections):
                connection.abort()

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    def put(self, lease: str, fault: Fault, ends_in_s: float) -> None:
        """Let a fault begin, on what is open too; it ends by itself. None begins again under its lease."""
        if lease in self._ended or lease in self._faults:
            return
        self._faults[lease] = fault
        self._expiries[lease] = self._loop.call_later(ends_in_s, self.take, lease)
        for connection in tuple(self._connections):
            connection.suffer(lease, fault)

    def take(self, lease: str) -> None:
        """End a fault; right also where it never began, which it then never will."""
        self._ended.append(lease)
        fault = self._faults.pop(lease, None)
        if fault is None:
            return
        self._expiries.pop(lease).cancel()
        for connection in tuple(self._connections):
            connection.recover(lease)
            if fault.delays_requests:
                connection.hurry()

    @property
    def faults(self) -> list[str]:
        """The leases of those that are on."""
        return list(self._faults)

    def _accept(self) -> asyncio.Protocol:
        connection = Connection(self._faults, self._room, self._begin, self._connections.discard)
        if self.reads_http:
            connection.listen_in(Listener(connection.to_server, connection.to_client, self._faults.values))
        self._connections.add(connection)
        return connection.client

    def _room(self) -> int:
        share = ROOM_BYTES_ALL // (2 * max(1, len(self._connections)))
        return min(ROOM_BYTES_MAX, max(ROOM_BYTES_MIN, share))

    def _begin(self, connection: Connection) -> None:
        task = self._loop.create_task(self._connect(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _connect(self, connection: Connection) -> None:
        client = connection.client.transport
        if client is None:
            return  # it has gone already
        try:
            family, address = self._find_server(client.get_extra_info("socket"))
            made = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            connection.client.abort()
            return
        try:
            made.setblocking(False)
            if self._mark:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self._mark)
            await self._loop.sock_connect(made, address)
            await self._loop.create_connection(lambda: connection.server, sock=made)
        except OSError:
            made.close()
            connection.client.abort()


def raise_file_limit() -> None:
    """As many open files as this user may have: a connection takes two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
