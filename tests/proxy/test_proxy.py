"""The proxy between real sockets: what passes, what faults do, and that nothing grows."""

import asyncio
import random
import socket
import time
from statistics import median

import pytest

from seatrial.proxy.faults import Fault
from tests.proxy.line import LEASE, Client, is_added_at_p50, line, no_linger, round_trip_s

pytestmark = pytest.mark.anyio


async def exchange(client: Client, sent: bytes, chance: random.Random) -> bytes:
    """Send it in pieces of any size, say that this was all, and hear the rest."""
    reader, writer = client

    async def send() -> None:
        left = memoryview(sent)
        while left:
            size = chance.choice((1, 7, 1000, 70_000, 300_000))
            writer.write(left[:size])
            left = left[size:]
            await writer.drain()
        writer.write_eof()

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        heard = group.create_task(reader.read(-1))
    return heard.result()


@pytest.mark.parametrize("seed", range(5))
async def test_bytes_arrive_unchanged_both_ways(seed: int) -> None:
    """The echo is a server that speaks while it listens; both end by half-closing."""
    chance = random.Random(seed)
    sent = [chance.randbytes(chance.choice((0, 1, 1000, 1_000_000))) for _ in range(20)]
    async with line() as there, asyncio.timeout(30):
        clients = [await there.client() for _ in sent]
        heard = await asyncio.gather(*map(exchange, clients, sent, [chance] * len(sent)))
    assert heard == sent


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("latency", {"latency_s": 0.01, "jitter_s": 0.01}),
        ("slice", {"size": 3000, "pause_s": 0.0}),
        ("bandwidth", {"bytes_per_s": 3e6}),
    ],
)
async def test_bytes_arrive_unchanged_under_a_fault_that_comes_and_goes(
    kind: str, settings: dict[str, float]
) -> None:
    sent = random.Random(kind).randbytes(1_500_000)

    async def flicker() -> None:
        for number in range(200):
            there.put(kind, lease=str(number), stream="both", **settings)
            await asyncio.sleep(0.01)
            there.proxy.take(str(number))

    async with line() as there, asyncio.timeout(30):
        flickering = asyncio.create_task(flicker())
        assert await exchange(await there.client(), sent, random.Random(1)) == sent
        flickering.cancel()


async def test_the_client_may_end_first_and_still_be_answered() -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.read(-1)
        writer.write(b"you said " + asked)
        writer.close()

    async with line(answer_at_the_end) as there, asyncio.timeout(5):
        reader, writer = await there.client()
        writer.write(b"all")
        writer.write_eof()
        assert await reader.read(-1) == b"you said all"


async def test_the_server_may_end_first_and_still_be_told() -> None:
    told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.write_eof()
        told.set_result(await reader.read(-1))
        writer.close()

    async with line(hello) as there, asyncio.timeout(5):
        reader, writer = await there.client()
        assert await reader.read(-1) == b"hello"
        writer.write(b"late")
        writer.write_eof()
        assert await told == b"late"


async def test_a_reset_passes_as_a_reset() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        no_linger(writer)
        writer.close()

    async with line(reset) as there, asyncio.timeout(5):
        reader, writer = await there.client()
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)


async def test_a_client_that_resets_is_told_to_the_server() -> None:
    told: asyncio.Future[Exception | bytes] = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            told.set_result(await reader.read(-1))
        except OSError as error:
            told.set_result(error)
        writer.close()

    async with line(hear) as there, asyncio.timeout(5):
        _, writer = await there.client()
        await asyncio.sleep(0.05)
        no_linger(writer)
        writer.close()
        assert isinstance(await told, ConnectionResetError)


async def test_a_server_that_is_not_there_is_a_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with line(port=port) as there, asyncio.timeout(5):
        with pytest.raises(ConnectionResetError):
            await (await there.client())[0].read(1)


FLOOD_BYTES = 100_000_000
WAITS_BYTES_MAX = 20_000_000
"""What may be between both: some megabytes by the proxy, and by the kernel, which would else take 40."""
KERNEL_BYTES = 2**18


async def flood(writer: asyncio.StreamWriter) -> int:
    """Say as much as there is room for: how much that was.

    There is none once nothing has moved at 25 looks; a machine that stalls for long costs one of them.
    """
    transport, taken = writer.transport, 0
    for _ in range(FLOOD_BYTES // 100_000):
        transport.write(bytes(100_000))
        for _ in range(25):
            left = transport.get_write_buffer_size()
            if left == 0:
                break
            await asyncio.sleep(0.02)
        else:
            return taken + 100_000 - left
        taken += 100_000
    return taken


async def test_who_does_not_read_makes_the_sender_wait() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await done.wait()
        writer.transport.abort()

    done = asyncio.Event()
    async with line(deaf, kernel_bytes=KERNEL_BYTES) as there, asyncio.timeout(20):
        _, writer = await there.client()
        assert await flood(writer) < WAITS_BYTES_MAX
        done.set()


async def test_a_fault_that_does_not_pass_on_makes_the_sender_wait() -> None:
    async with line(kernel_bytes=KERNEL_BYTES) as there, asyncio.timeout(20):
        there.put("latency", latency_s=30.0, stream="to_server")
        _, writer = await there.client()
        assert 4 * 2**20 <= await flood(writer) < WAITS_BYTES_MAX
        writer.transport.abort()
        there.proxy.take(LEASE)


async def test_two_thousand_connections_at_once() -> None:
    """Each says and hears something of its own, and nothing is left of them."""
    async with line() as there, asyncio.timeout(50):
        clients = []
        for _ in range(20):
            clients += await asyncio.gather(*(there.client() for _ in range(100)))
        for number, (_, writer) in enumerate(clients):
            writer.write(b"%08d" % number)
        heard = await asyncio.gather(*(reader.readexactly(8) for reader, _ in clients))
        assert [int(one) for one in heard] == list(range(2000))
        assert there.proxy.connections == 2000


@pytest.mark.parametrize("stream", ["to_client", "to_server"])
async def test_latency_is_what_was_asked_at_p50(stream: str) -> None:
    async with line() as there, asyncio.timeout(20):
        client = await there.client()
        straight = [await round_trip_s(client) for _ in range(51)]
        there.put("latency", latency_s=0.15, stream=stream)
        assert is_added_at_p50(0.15, straight, [await round_trip_s(client) for _ in range(11)])
        there.proxy.take(LEASE)
        assert median([await round_trip_s(client) for _ in range(51)]) < 0.1


async def test_a_request_and_its_answer_pay_both() -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("latency", latency_s=0.1, stream="both")
        client = await there.client()
        assert median([await round_trip_s(client) for _ in range(7)]) == pytest.approx(0.2, rel=0.2)


async def test_bandwidth_is_what_was_asked() -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("bandwidth", bytes_per_s=1e6)
        client = await there.client()
        took_s = await round_trip_s(client, 1_500_000)
        assert 1_500_000 / took_s == pytest.approx(1e6, rel=0.1)


async def test_slices_arrive_one_by_one() -> None:
    """A reader that comes late finds some of them together, but none torn and none before its time."""
    async with line() as there, asyncio.timeout(20):
        there.put("slice", size=10, pause_s=0.1)
        reader, writer = await there.client()
        began = time.monotonic()
        writer.write(bytes(50))
        heard: list[int] = []
        while (whole := sum(heard)) < 50:
            heard.append(len(await reader.read(100)))
            assert heard[-1] % 10 == 0
            assert time.monotonic() - began >= 0.1 * (whole + heard[-1] - 10) / 10
        assert len(heard) > 1


async def test_the_end_comes_late() -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("slow_close", delay_s=0.5)
        reader, writer = await there.client()
        writer.write(b"x")
        writer.write_eof()
        assert await reader.readexactly(1) == b"x"
        began = time.monotonic()
        assert await reader.read(1) == b""
        assert time.monotonic() - began > 0.45


async def test_an_end_that_comes_too_late_harms_nobody() -> None:
    """Its side has been reset meanwhile, which nobody sees who has heard its end already."""

    async def say_more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await asyncio.sleep(0.1)
        writer.write(b"y")
        writer.close()

    async with line(say_more) as there, asyncio.timeout(20):
        there.put("slow_close", delay_s=50.0, stream="both")
        _, writer = await there.client()
        writer.write(b"x")
        writer.write_eof()
        there.close(writer)
        await asyncio.sleep(0.4)
        assert there.proxy.connections == 1
        there.proxy.take(LEASE)


@pytest.mark.parametrize("reset", [False, True])
async def test_a_limit_ends_the_connection(reset: bool) -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("limit", size=1000, reset=reset)
        reader, writer = await there.client()
        writer.write(bytes(5000))
        assert len(await reader.readexactly(1000)) == 1000
        if reset:
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
        else:
            assert await reader.read(1) == b""


async def test_a_blackhole_swallows_and_resets_at_its_end() -> None:
    async with line() as there, asyncio.timeout(20):
        quiet, loud = await there.client(), await there.client()
        assert await round_trip_s(loud) < 1
        there.put("blackhole", stream="both")
        loud[1].write(b"x")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loud[0].read(1), 0.2)
        there.proxy.take(LEASE)
        with pytest.raises(ConnectionResetError):
            await loud[0].read(1)
        assert await round_trip_s(quiet) < 1


async def test_a_reset_hits_what_is_open_and_what_comes() -> None:
    async with line() as there, asyncio.timeout(20):
        open_before = await there.client()
        await round_trip_s(open_before)
        there.put("reset", after_s=0.0)
        for reader, _ in (open_before, await there.client()):
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
        there.proxy.take(LEASE)
        assert await round_trip_s(await there.client()) < 1


async def test_a_reset_hits_what_is_half_gone_too() -> None:
    """The client has left, and the server is not to know for a while."""
    async with line() as there, asyncio.timeout(20):
        there.put("latency", lease="slow", latency_s=30.0, stream="to_server")
        _, writer = await there.client()
        await asyncio.sleep(0.05)
        no_linger(writer)
        there.close(writer)
        await asyncio.sleep(0.05)
        assert there.proxy.connections == 1
        there.put("reset", after_s=0.0)


async def test_a_share_of_the_connections_is_hit() -> None:
    """Of 200 connections a fifth: within 4.5 standard deviations; and the same ones for the same seed."""

    async def hit() -> list[bool]:
        async with line() as there, asyncio.timeout(20):
            there.put("limit", share=0.2, size=1, reset=False)
            found = []
            for _ in range(200):
                reader, writer = await there.client()
                writer.write(b"ab")
                writer.write_eof()
                found.append(len(await reader.read(-1)) == 1)
                writer.close()
            return found

    first = await hit()
    assert sum(first) == pytest.approx(40, abs=4.5 * (200 * 0.2 * 0.8) ** 0.5)
    assert await hit() == first


async def test_what_waits_is_passed_on_when_the_fault_ends() -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("latency", latency_s=50.0)
        reader, writer = await there.client()
        writer.write(b"hello")
        await asyncio.sleep(0.1)
        there.proxy.take(LEASE)
        assert await reader.readexactly(5) == b"hello"


async def test_faults_add_up() -> None:
    async with line() as there, asyncio.timeout(20):
        there.put("latency", lease="a", latency_s=0.12)
        there.put("latency", lease="b", latency_s=0.08)
        client = await there.client()
        assert median([await round_trip_s(client) for _ in range(7)]) == pytest.approx(0.2, rel=0.15)
        there.proxy.take("a")
        assert median([await round_trip_s(client) for _ in range(7)]) == pytest.approx(0.08, rel=0.3)


async def test_a_fault_that_was_taken_never_begins() -> None:
    """The one who puts it may be slower than the one who undoes."""
    async with line() as there:
        there.proxy.take(LEASE)
        there.put("latency", latency_s=0.04)
        assert there.proxy.faults == []


async def test_a_fault_ends_by_itself() -> None:
    async with line() as there:
        there.proxy.put("short", Fault("blackhole"), 0.2)
        assert there.proxy.faults == ["short"]
        await asyncio.sleep(0.4)
        assert there.proxy.faults == []
