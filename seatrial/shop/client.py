"""A pool of keep-alive connections to one address, mostly a port of loopback."""

import asyncio

from seatrial.shop import wire

_IDLE_MAX = 64


class Pool:
    """Not bounded in what is in use: the front's callers bound it."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port = port
        self._name = host
        self._host = f"{host}:{port}"
        self._idle: list[_Connection] = []

    async def ask(self, request: wire.Request) -> wire.Response:
        """One request, one answer; cancel it to give up on it.

        Raises OSError where the connection fails or is lost, Malformed where the answer is not HTTP.
        """
        connection = await self._acquire()
        try:
            return await connection.ask(request.encode(self._host))
        finally:
            self._release(connection)

    def close(self) -> None:
        """Close the idle connections; those in use close at their end."""
        while self._idle:
            self._idle.pop().abort()

    async def _acquire(self) -> "_Connection":
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._name, self.port)
        return connection

    def _release(self, connection: "_Connection") -> None:
        # An unanswered connection would give the old answer to the next request.
        if connection.is_reusable and len(self._idle) < _IDLE_MAX:
            self._idle.append(connection)
        else:
            connection.abort()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[wire.Response] | None = None
        self.is_reusable = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_reusable = True

    async def ask(self, payload: bytes) -> wire.Response:
        self._answer = asyncio.get_running_loop().create_future()
        self.is_reusable = False
        if self._transport.is_closing():
            raise ConnectionResetError("closed by the other side")
        self._transport.write(payload)
        return await self._answer

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            message = wire.take(self._buffer)
            answer = None if message is None else wire.response(message)
        except wire.Malformed as error:
            self._fail(error)
            return
        if answer is not None and self._answer is not None and not self._answer.done():
            self.is_reusable = answer.keep_alive and not self._buffer
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_reusable = False
        self._fail(ConnectionResetError("closed by the other side") if exc is None else exc)

    def _fail(self, error: Exception) -> None:
        self.is_reusable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
