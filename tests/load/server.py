"""A small HTTP server on loopback that answers as its path asks, and remembers what it was asked.

/ok            200
/status/503    that status
/hang          never
/held          not before `release` is called
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Server:
    def __init__(self) -> None:
        self.port = 0
        self.seen: Counter[str] = Counter()
        self.lines: list[str] = []
        self.headers: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections: set[asyncio.Transport] = set()
        self.released = asyncio.Event()
        self.delay_s = 0.0

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def release(self) -> None:
        self.released.set()

    async def answer(self, path: str, transport: asyncio.Transport) -> None:
        if path.startswith("/hang"):
            return
        if path.startswith("/held"):
            await self.released.wait()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        status = path.removeprefix("/status/") if path.startswith("/status/") else "200"
        transport.write(f"HTTP/1.1 {status} X\r\nContent-Length: 3\r\n\r\nok\n".encode())


class Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.received = b""
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self.transport)
        for task in self.tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, rest = self.received.partition(b"\r\n\r\n")
            length = next(
                (int(h[16:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0
            )
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.take(head, rest[:length])

    def take(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.server.seen[path] += 1
        self.server.lines.append(f"{method} {path}")
        self.server.headers.append(head)
        self.server.bodies.append(body)
        task = asyncio.get_running_loop().create_task(self.server.answer(path, self.transport))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.get_running_loop().create_server(
        lambda: Connection(server), "127.0.0.1", 0, backlog=1024
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for transport in list(server.connections):
            transport.abort()
        await listening.wait_closed()
        await asyncio.sleep(0)
