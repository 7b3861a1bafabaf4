"""An HTTP/1.1 server, on loopback unless asked otherwise, one request at a time on each connection."""

import asyncio
import json
import resource
from collections.abc import Awaitable, Callable

from seatrial.shop import wire

Handler = Callable[[wire.Request], Awaitable[wire.Response]]

LOOPBACK = "127.0.0.1"
BACKLOG = 4096
"""A paused replica's callers wait in the backlog; the kernel cuts this to its own net.core.somaxconn."""

_PENDING_BYTES_MAX = wire.HEAD_BYTES_MAX + wire.BODY_BYTES_MAX + 4


async def listen(port: int, handler: Handler, bind: str = LOOPBACK) -> asyncio.Server:
    """Serve until the returned server is closed. Raises OSError where the port is taken."""
    _raise_open_files_limit()
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(handler), bind, port, backlog=BACKLOG)


def _raise_open_files_limit() -> None:
    # Without a timeout every hanging request holds two sockets: 1024 last for seconds.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Connection(asyncio.Protocol):
    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._buffer = bytearray()
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._answering is None:
            self._next()
        elif len(self._buffer) > _PENDING_BYTES_MAX:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        # The user has gone: whatever is still being done for them, at a replica too, is dropped.
        if self._answering is not None:
            self._answering.cancel()

    def _next(self) -> None:
        try:
            message = wire.take(self._buffer)
            if message is not None:
                self._answering = asyncio.create_task(self._answer(wire.request(message)))
        except wire.Malformed as error:
            self._transport.write(problem(error.status, str(error), keep_alive=False).encode())
            self._transport.close()

    async def _answer(self, request: wire.Request) -> None:
        try:
            response = await self._handler(request)
        except Exception:
            self._transport.write(problem(500, "unexpected error", keep_alive=False).encode())
            self._transport.close()
            # Nobody holds the task then, so the loop tells of its error now and not at some collection.
            self._answering = None
            raise
        self._answering = None
        if request.keep_alive:
            self._transport.write(response.encode())
            self._next()
        else:
            closing = wire.Response(response.status, response.body, response.content_type, keep_alive=False)
            self._transport.write(closing.encode())
            self._transport.close()


def problem(status: int, detail: str, *, keep_alive: bool = True) -> wire.Response:
    """An error as a JSON body: `{"error": "…"}`."""
    return wire.Response(status, json.dumps({"error": detail}).encode(), keep_alive=keep_alive)
