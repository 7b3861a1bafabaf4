"""Faults of gRPC between a real client and a real server, and that everything else passes as it came."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from seatrial.proxy.listener import PREFACE
from tests.proxy.grpc_shop import (
    COLLECT,
    COUNT,
    ECHO,
    TALK,
    blocking_channel_to,
    blocking_failure,
    failure,
    shop,
)
from tests.proxy.line import Line, line

pytestmark = pytest.mark.anyio
UNAVAILABLE = 14


def put_status(there: Line, lease: str = "lease", message: str = "", **more: Any) -> None:
    there.put("grpc.status", lease=lease, code=UNAVAILABLE, message=message, **more)


def put_latency(there: Line, latency_s: float, lease: str = "lease", **more: Any) -> None:
    there.put("grpc.latency", lease, latency_s=latency_s, jitter_s=0.0, distribution="normal", **more)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
async def _one_loop_for_all() -> None:
    """grpcio stays with the loop that it sees first."""


async def several(messages: int, size: int = 1) -> AsyncIterator[bytes]:
    for _ in range(messages):
        yield bytes(size)


async def test_without_a_fault() -> None:
    """All four kinds of calls, large messages, metadata, many at once."""
    async with shop() as (there, _, channel):
        echo = channel.unary_unary(ECHO)
        call = echo(b"x" * 3_000_000, metadata=(("x-trace", "a" * 5000),))
        assert await call == b"x" * 3_000_000
        assert dict(await call.trailing_metadata())["x-trace"] == "a" * 5000
        assert [one async for one in channel.unary_stream(COUNT)(b"3")] == [b"0", b"1", b"2"]
        assert await channel.stream_unary(COLLECT)(several(500, 10_000)) == b"5000000"
        assert len([one async for one in channel.stream_stream(TALK)(several(100))]) == 100
        assert await asyncio.gather(*(echo(b"%d" % n) for n in range(200))) == [b"%d" % n for n in range(200)]
        assert there.proxy.connections == 1


async def test_a_status_in_the_servers_place() -> None:
    async with shop() as (there, served, channel):
        echo = channel.unary_unary(ECHO)
        assert await failure(echo(b"hello")) == ("OK", "")
        put_status(there, message="50 % of it\nis é")
        assert await failure(echo(b"hello")) == ("UNAVAILABLE", "50 % of it\nis é")
        assert served.asked == [ECHO]
        there.proxy.take("lease")
        assert await echo(b"hello", metadata=(("x-a", "b"),)) == b"hello"
        assert there.proxy.connections == 1


async def test_the_first_call_of_a_connection() -> None:
    """The client's first headers may come before the server's settings."""
    async with shop() as (there, served, channel):
        put_status(there)
        assert await failure(channel.unary_unary(ECHO)(b"hello")) == ("UNAVAILABLE", "")
        assert served.asked == []


async def test_only_some_paths_are_hit() -> None:
    async with shop() as (there, _, channel):
        put_status(there, path="^/shop.Cart/Count$")
        counting = channel.unary_stream(COUNT)
        for number in range(20):
            assert await channel.unary_unary(ECHO)(b"%d" % number) == b"%d" % number
            assert await failure(counting(b"3").read()) == ("UNAVAILABLE", "")


async def test_a_share_of_calls_at_once_on_one_connection() -> None:
    """Headers are written anew beside those that are left out, with their metadata, both ways."""
    async with shop() as (there, served, channel):
        put_status(there, share=0.3)
        echo = channel.unary_unary(ECHO)

        async def once(number: int) -> bool:
            call = echo(b"%d" % number, metadata=(("x-number", str(number)),))
            if (await failure(call))[0] == "UNAVAILABLE":
                return True
            assert dict(await call.trailing_metadata())["x-number"] == str(number)
            return False

        hit = sum(await asyncio.gather(*(once(number) for number in range(400))))
        assert hit == pytest.approx(120, abs=4.5 * (400 * 0.3 * 0.7) ** 0.5)
        assert len(served.asked) == 400 - hit
        assert there.proxy.connections == 1


async def test_a_client_that_is_still_talking_stops() -> None:
    """It gets back what it may send: a hundred such calls take more than a connection's window."""
    async with shop() as (there, served, _):
        put_status(there, path=COLLECT)
        with blocking_channel_to(there) as channel:
            collect = channel.stream_unary(COLLECT)

            def statuses() -> set[tuple[str, str]]:
                return {blocking_failure(collect, [bytes(10_000)] * 20) for _ in range(100)}

            assert await asyncio.to_thread(statuses) == {("UNAVAILABLE", "")}
            assert served.asked == []
            there.proxy.take("lease")
            assert await asyncio.to_thread(collect, iter([bytes(10_000)] * 200)) == b"2000000"


async def test_latency() -> None:
    """The call that is hit is late, and the one that is not is no later."""
    async with shop() as (there, _, channel):
        echo = channel.unary_unary(ECHO)
        await echo(b"hello")
        put_latency(there, 0.4, path="^/shop.Cart/Count$")
        began = time.monotonic()
        late = asyncio.create_task(channel.unary_stream(COUNT)(b"2").read())
        for _ in range(20):
            await echo(b"hello", metadata=(("x-a", "b" * 100),))
        assert time.monotonic() - began < 0.3
        assert await late == b"0"
        assert time.monotonic() - began == pytest.approx(0.4, abs=0.06)


async def test_the_end_of_a_fault_is_the_end_of_its_delays() -> None:
    async with shop() as (there, served, channel):
        put_latency(there, 20.0)
        late = [channel.unary_unary(ECHO)(b"%d" % number) for number in range(3)]
        await asyncio.sleep(0.2)
        assert served.asked == [ECHO] * 3
        there.proxy.take("lease")
        async with asyncio.timeout(2):
            assert await asyncio.gather(*late) == [b"0", b"1", b"2"]


async def test_a_late_status() -> None:
    async with shop() as (there, _, channel):
        put_status(there)
        put_latency(there, 0.2, "late")
        began = time.monotonic()
        assert await failure(channel.unary_unary(ECHO)(b"hello")) == ("UNAVAILABLE", "")
        assert time.monotonic() - began > 0.2


async def test_who_goes_away_while_its_answer_is_late() -> None:
    async with shop() as (there, _, channel):
        put_latency(there, 0.2, path=COUNT)
        call = channel.unary_stream(COUNT)(b"1000")
        asyncio.get_running_loop().call_later(0.1, call.cancel)
        with pytest.raises(asyncio.CancelledError):
            await call.read()
        await asyncio.sleep(0.2)
        assert await channel.unary_unary(ECHO)(b"hello") == b"hello"


@pytest.mark.parametrize("start", [PREFACE, PREFACE + bytes(3) + b"\4" + bytes(5), PREFACE[:10], b"\0"])
async def test_what_begins_like_http_2_and_is_not_passes_to_the_byte(start: bytes) -> None:
    chance = random.Random(len(start))
    async with line(http=True) as there:
        put_status(there)
        for _ in range(20):
            reader, writer = await there.client()
            said = start + chance.randbytes(chance.randrange(3, 3000))
            for piece in (said[: (middle := chance.randrange(len(said)))], said[middle:]):
                writer.write(piece)
                await asyncio.sleep(0)
            writer.write_eof()
            assert await reader.read(-1) == said


async def test_a_server_that_speaks_first_is_heard() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        writer.write(await reader.read(100))
        writer.close()

    async with line(serve, http=True) as there, asyncio.timeout(5):
        reader, writer = await there.client()
        assert await reader.readline() == b"220 ready\r\n"
        writer.write(PREFACE)
        assert await reader.read(-1) == PREFACE
