"""Minutes of traffic under faults that come and go: nothing grows."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import grpc.aio
import h11
import pytest

from seatrial.proxy import control
from seatrial.targets import process
from tests.actions.standing import standing_proxy
from tests.proxy.grpc_shop import COLLECT, COUNT, ECHO, channel_to, failure, served
from tests.proxy.line import Client, echo, no_linger
from tests.proxy.web import Web, ask

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TCP_LASTS_S = HTTP_LASTS_S = 120
GRPC_LASTS_S = 60
USERS = 50
FILES_MAX = 20
"""More of them are connections."""
LATE = {"latency_s": 0.02, "jitter_s": 0.01, "distribution": "normal"}
Faults = Sequence[tuple[str, dict[str, Any]]]
Use = Callable[[random.Random], Awaitable[object]]
TCP: Faults = (
    ("latency", {"latency_s": 0.02}),
    ("reset", {"after_s": 0.5}),
    ("slice", {"size": 50_000, "pause_s": 0.0}),
    ("limit", {"size": 3_000, "reset": False}),
    ("blackhole", {}),
)
HTTP: Faults = (
    ("http.latency", {"of": "answer", **LATE}),
    ("http.latency", {"of": "request", "share": 0.3, **LATE}),
    ("http.status", {"status": 503, "headers": {}, "body": "no", "share": 0.5}),
    ("http.drop", {"lost": "answer", "share": 0.2}),
    ("http.header", {"of": "answer", "set": {"Age": "1"}, "remove": ["ETag"]}),
    ("http.body", {"body": "{"}),
    ("reset", {"after_s": 0.5}),
)
GRPC: Faults = (
    ("grpc.latency", {"share": 0.5, **LATE}),
    ("grpc.status", {"share": 0.3, "code": 14, "message": "no"}),
    ("grpc.status", {"code": 8, "message": ""}),
    ("reset", {"after_s": 0.5, "share": 0.5}),
)


class Standing:
    """A `seatrial proxy` in a process of its own, as it is seen from outside."""

    def __init__(self, address: str, pid: int) -> None:
        self.address, self._proc = address, Path(f"/proc/{pid}")
        self._host, port = address.split(":")
        self._port = int(port)

    @property
    def resident_bytes(self) -> int:
        return int((self._proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def open_files(self) -> int:
        return len(os.listdir(self._proc / "fd"))

    async def client(self) -> Client:
        return await asyncio.open_connection(self._host, self._port)

    async def tell(self, do: str, lease: str, **more: object) -> None:
        request = {"do": do, "lease": lease, **more}
        for _ in range(5):
            try:
                await asyncio.to_thread(control.ask, self._host, self._port, request)
            except TimeoutError:
                continue  # it is busy; a second word of the same changes nothing
            return
        raise TimeoutError

    async def suffer(self, lease: str, kind: str, share: float = 1.0, **settings: object) -> None:
        """A fault for a second, and a while without."""
        fault = {"kind": kind, "settings": settings, "share": share, "stream": "both"}
        await self.tell("put", lease, fault=fault, ends_in_s=60.0)
        await asyncio.sleep(1.0)
        await self.tell("take", lease)
        await asyncio.sleep(0.3)


@contextmanager
def standing(port: int, *options: str) -> Iterator[Standing]:
    with standing_proxy(port, *options) as address:
        (proxy,) = process.all_targets(lambda argv: "proxy" in argv and address in argv)
        yield Standing(address, proxy.pid)


async def say_and_end(there: Standing, chance: random.Random) -> None:
    """One connection, with some requests and one of three ends."""
    try:
        reader, writer = await there.client()
    except OSError:
        return  # reset at once
    try:
        for _ in range(chance.randrange(1, 20)):
            size = chance.choice((1, 1000, 100_000))
            writer.write(bytes(size))
            await reader.readexactly(size)
        match chance.randrange(3):
            case 0:
                no_linger(writer)
            case 1:
                writer.write_eof()
                await reader.read(-1)
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def ask_and_end(there: Standing, chance: random.Random) -> None:
    """One connection, with some requests of HTTP, or some that nobody waits for."""
    try:
        client = await there.client()
    except OSError:
        return  # reset at once
    try:
        for _ in range(chance.randrange(1, 20)):
            target = chance.choice(("/", "/chunked", "/big/100000"))
            body = bytes(chance.choice((0, 1, 50_000)))
            await ask(client, target, "POST" if body else chance.choice(("GET", "HEAD")), body)
        if chance.random() < 0.3:
            client[1].write(b"GET /big/100000 HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
            no_linger(client[1])
    except (OSError, EOFError, h11.RemoteProtocolError):
        pass
    client[1].close()


async def call(channel: grpc.aio.Channel, chance: random.Random) -> None:
    """A call of gRPC; some are left before their end."""
    match chance.randrange(4):
        case 0:
            await failure(channel.unary_unary(ECHO)(bytes(chance.choice((1, 1000, 100_000)))))
        case 1:
            await failure(channel.stream_unary(COLLECT)(bytes(20_000) for _ in range(10)))
        case 2:
            await failure(channel.unary_stream(COUNT)(b"20").read())
        case 3:
            leaving = channel.unary_stream(COUNT)(b"2000")
            await asyncio.sleep(0.01)
            leaving.cancel()


async def keep_using(use: Use, chance: random.Random, until_s: float) -> int:
    used = 0
    while time.monotonic() < until_s:
        await use(chance)
        used += 1
    return used


async def soak(there: Standing, use: Use, faults: Faults, lasts_s: float) -> int:
    """How often it was used; asserts that the proxy's memory and open files stay as they were."""
    chance, resident = random.Random(5), list[int]()
    end_s = time.monotonic() + lasts_s
    async with asyncio.TaskGroup() as group:
        users = [group.create_task(keep_using(use, chance, end_s)) for _ in range(USERS)]
        while time.monotonic() < end_s:
            kind, settings = chance.choice(faults)
            await there.suffer(str(len(resident)), kind, **settings)
            resident.append(there.resident_bytes)
    quarter = len(resident) // 4
    assert median(resident[-quarter:]) < 1.1 * median(resident[quarter : 2 * quarter])
    return sum(task.result() for task in users)


async def until_idle(there: Standing) -> None:
    """Descriptors of connections are closed again."""
    for _ in range(200):
        if there.open_files < FILES_MAX:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{there.open_files} files are open")


@pytest.mark.timeout(TCP_LASTS_S + 120)
async def test_nothing_grows_with_connections() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=500)
    with standing(server.sockets[0].getsockname()[1]) as there:
        assert await soak(there, partial(say_and_end, there), TCP, TCP_LASTS_S) > 10 * TCP_LASTS_S
        await until_idle(there)
    server.close()


@pytest.mark.timeout(HTTP_LASTS_S + 120)
async def test_nothing_grows_with_requests() -> None:
    server = await asyncio.start_server(Web().serve, "127.0.0.1", 0, backlog=500)
    with standing(server.sockets[0].getsockname()[1], "--http") as there:
        assert await soak(there, partial(ask_and_end, there), HTTP, HTTP_LASTS_S) > 10 * HTTP_LASTS_S
        await until_idle(there)
    server.close()


@pytest.mark.timeout(GRPC_LASTS_S + 120)
async def test_nothing_grows_with_calls() -> None:
    """All on one connection, but for its resets."""
    async with served() as (_, port):
        with standing(port, "--http") as there:
            async with channel_to(there.address) as channel:
                assert await soak(there, partial(call, channel), GRPC, GRPC_LASTS_S) > 10 * GRPC_LASTS_S
                assert there.open_files < FILES_MAX
