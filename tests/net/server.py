"""A server on a loopback port that answers as a test tells it to, byte by byte."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

PEM = Path(__file__).with_name("loopback.pem")
"""Key and self-signed certificate of localhost and 127.0.0.1, worth nothing anywhere else."""

Answer = Callable[[bytes], bytes | None]
"""From a request to what is sent back; None: silence, b"": the connection is closed."""


@dataclass
class Server:
    """Counts what came in."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    close_after_each: bool = False
    """Close a connection after its answer, though nothing in the answer says so."""
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"


def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def reply(body: str | bytes, status: int = 200, **headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


@asynccontextmanager
async def serving(
    answer: Answer, *, tls: bool = False, wants_certificate: bool = False
) -> AsyncIterator[Server]:
    server = Server(scheme="https" if tls else "http")
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        if wants_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(PEM)
    open_ones: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: _Connection(server, answer, open_ones), "127.0.0.1", 0, ssl=context
    )
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for transport in list(open_ones):
            transport.abort()
        await listener.wait_closed()
        await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    def __init__(self, server: Server, answer: Answer, open_ones: set[asyncio.Transport]) -> None:
        self._server, self._answer, self._open_ones = server, answer, open_ones
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(transport)
        self._server.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_ones.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        wanted = int(length[1]) if length else 0
        if not end or len(rest) < wanted:
            return
        request, self._buffer = head + end + rest[:wanted], rest[wanted:]
        self._server.requests.append(request)
        said = self._answer(request)
        if said is not None:
            self._transport.write(said)
        if said == b"" or self._server.close_after_each:
            self._transport.close()
