"""A gRPC server without any schema: messages are bytes. And a channel to it through a line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
async def shop() -> AsyncIterator[tuple[Line, Shop, grpc.aio.Channel]]:
    """A line whose proxy reads HTTP, this server at its end, and a client on one connection."""
    served = Shop()
    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(served.echo),
        "Count": grpc.unary_stream_rpc_method_handler(served.count),
        "Talk": grpc.stream_stream_rpc_method_handler(served.talk),
        "Collect": grpc.stream_unary_rpc_method_handler(served.collect),
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Cart", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with asyncio.timeout(30), line(port=port, http=True) as there:
        options = (("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1))
        async with grpc.aio.insecure_channel(f"127.0.0.1:{there.port}", options) as channel:
            yield there, served, channel
        await server.stop(None)


async def failure(call: Any) -> tuple[str, str]:
    """Status and message of a call; OK where it went well."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or ""
    return "OK", ""
