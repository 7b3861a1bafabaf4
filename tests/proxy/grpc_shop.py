"""A gRPC server without any schema: messages are bytes. And a channel to it through a line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio

from tests.proxy.line import Line, line

ECHO, COUNT, TALK, COLLECT = "/shop.Cart/Echo", "/shop.Cart/Count", "/shop.Cart/Talk", "/shop.Cart/Collect"


@dataclass
class Shop:
    """What was asked of it, in order."""

    asked: list[str] = field(default_factory=list)

    async def echo(self, message: bytes, context: Any) -> bytes:
        """The message; what the client said beside it comes back behind the answer."""
        self.asked.append(ECHO)
        context.set_trailing_metadata(
            tuple((key, value) for key, value in context.invocation_metadata() if key.startswith("x-"))
        )
        return message

    async def count(self, message: bytes, _: Any) -> AsyncIterator[bytes]:
        """Numbers below the one that was said."""
        self.asked.append(COUNT)
        for number in range(int(message)):
            yield str(number).encode()

    async def talk(self, messages: AsyncIterator[bytes], _: Any) -> AsyncIterator[bytes]:
        """Each message, as it comes."""
        self.asked.append(TALK)
        async for message in messages:
            yield message

    async def collect(self, messages: AsyncIterator[bytes], _: Any) -> bytes:
        """How much was said."""
        self.asked.append(COLLECT)
        return str(sum([len(message) async for message in messages])).encode()


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Shop, int]]:
    """This server, and its port."""
    found = Shop()
    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(found.echo),
        "Count": grpc.unary_stream_rpc_method_handler(found.count),
        "Talk": grpc.stream_stream_rpc_method_handler(found.talk),
        "Collect": grpc.stream_unary_rpc_method_handler(found.collect),
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Cart", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield found, port
    finally:
        await server.stop(None)


_OPTIONS = (
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_reconnect_backoff_ms", 100),
)


def channel_to(address: str) -> grpc.aio.Channel:
    """A client on a connection of its own, which tries nothing twice."""
    return grpc.aio.insecure_channel(address, _OPTIONS)


def blocking_channel_to(there: Line) -> grpc.Channel:
    """For calls whose status comes while they talk: the other's is at times lost, https://github.com/grpc/grpc/issues/36066"""
    return grpc.insecure_channel(f"127.0.0.1:{there.port}", _OPTIONS)


@asynccontextmanager
async def shop() -> AsyncIterator[tuple[Line, Shop, grpc.aio.Channel]]:
    """A line whose proxy reads HTTP, this server at its end, and a client on one connection."""
    async with AsyncExitStack() as line_ends, asyncio.timeout(30), AsyncExitStack() as server_stops:
        found, port = await server_stops.enter_async_context(served())
        there = await line_ends.enter_async_context(line(port=port, http=True))
        async with channel_to(f"127.0.0.1:{there.port}") as channel:
            yield there, found, channel


async def failure(call: Any) -> tuple[str, str]:
    """Status and message of a call; OK where it went well."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or ""
    return "OK", ""


def blocking_failure(call: Callable[[Iterator[bytes]], object], messages: Iterable[bytes]) -> tuple[str, str]:
    """Status and message of a call by a blocking channel; OK where it went well."""
    try:
        call(iter(messages))
    except grpc.RpcError as error:
        return error.code().name, error.details() or ""
    return "OK", ""
