"""Faults of HTTP between real sockets, and that everything else passes to the byte."""

import asyncio
import random
import ssl
import time
from pathlib import Path

import pytest

from tests.proxy.line import Client, Line, is_added_at_p50, line
from tests.proxy.web import ask, web

pytestmark = pytest.mark.anyio


def put(there: Line, kind: str, lease: str = "lease", **settings: object) -> None:
    there.put(f"http.{kind}", lease=lease, **settings)


async def test_keep_alive_goes_on_without_a_fault() -> None:
    async with web() as (there, server):
        client = await there.client()
        for number in range(50):
            assert (await ask(client, f"/{number}", body=b"x" * number)).told()["size"] == number
        assert len(server.asked) == 50


@pytest.mark.parametrize("closes", [False, True])
async def test_a_status_in_the_servers_place(closes: bool) -> None:
    async with web() as (there, server):
        put(there, "status", status=503, headers={"Retry-After": "5"}, body="no")
        client = await there.client()
        answer = await ask(
            client, "/a", "POST", b"x" * 100_000, **({"Connection": "close"} if closes else {})
        )
        assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"no", "5")
        assert server.asked == []
        if closes:
            assert await client[0].read(1) == b""
        else:
            assert (await ask(client, "/b", "HEAD")).body == b""
            there.proxy.take("lease")
            assert (await ask(client, "/c")).status == 200


async def test_who_waits_to_go_on_is_answered() -> None:
    """It has not said its body yet, and will not be told to."""
    async with web() as (there, _):
        put(there, "status", status=429, headers={}, body="")
        reader, writer = await there.client()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readline()) == b"HTTP/1.1 429 Too Many Requests\r\n"
        writer.write(b"hello")
        assert b"Connection: close" in await reader.read(-1)


async def test_who_waits_to_go_on_is_told_by_the_server() -> None:
    async with web() as (there, server):
        reader, writer = await there.client()
        writer.write(b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 \r\n"
        assert server.asked == [("POST", "/e")]


@pytest.mark.parametrize("of", ["answer", "request"])
async def test_latency_is_what_was_asked_at_p50(of: str) -> None:
    async def took_s(client: Client) -> float:
        began = time.monotonic()
        await ask(client)
        return time.monotonic() - began

    async with web() as (there, _):
        client = await there.client()
        straight = [await took_s(client) for _ in range(31)]
        put(there, "latency", latency_s=0.15, jitter_s=0.0, distribution="normal", of=of)
        assert is_added_at_p50(0.15, straight, [await took_s(client) for _ in range(11)])


@pytest.mark.parametrize(("lost", "heard"), [("request", []), ("answer", [("POST", "/pay")])])
async def test_a_request_that_gets_no_answer(lost: str, heard: list[tuple[str, str]]) -> None:
    async with web() as (there, server):
        put(there, "drop", lost=lost)
        with pytest.raises(ConnectionResetError):
            await ask(await there.client(), "/pay", "POST", b"money")
        assert server.asked == heard


@pytest.mark.parametrize("of", ["answer", "request"])
async def test_the_end_of_a_fault_is_the_end_of_its_delays(of: str) -> None:
    async with web() as (there, _):
        put(there, "latency", of=of, latency_s=20.0, jitter_s=0.0, distribution="normal")
        late = asyncio.create_task(ask(await there.client()))
        await asyncio.sleep(0.1)
        there.proxy.take("lease")
        async with asyncio.timeout(2):
            assert (await late).status == 200


async def test_headers_of_the_answer() -> None:
    async with web() as (there, _):
        put(there, "header", of="answer", set={"x-server": "other", "Age": "9"}, remove=["ETag"])
        headers = (await ask(await there.client(), "/chunked")).headers
        assert headers == {"transfer-encoding": "chunked", "x-server": "other", "age": "9"}


async def test_headers_of_the_request() -> None:
    async with web() as (there, _):
        put(there, "header", of="request", set={"Authorization": "Bearer no"}, remove=["traceparent"])
        answer = await ask(await there.client(), Authorization="Bearer yes", Traceparent="00-1", Accept="*/*")
        assert answer.told()["headers"] == {"host": "web", "accept": "*/*", "authorization": "Bearer no"}


@pytest.mark.parametrize("target", ["/chunked", "/plain", "/big/3000000"])
async def test_a_body_that_is_another(target: str) -> None:
    async with web() as (there, _):
        client = await there.client()
        put(there, "body", body="{")
        answer = await ask(client, target)
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"{", "1")
        assert "transfer-encoding" not in answer.headers
        assert (await ask(client, target, "HEAD")).body == b""
        there.proxy.take("lease")
        assert len((await ask(client, target)).body) > 1


async def test_methods_and_paths() -> None:
    async with web() as (there, _):
        there.put("http.status", methods=["POST", "PUT"], path="^/cart", status=500, headers={}, body="")
        client = await there.client()
        seen = [
            (await ask(client, *which)).status
            for which in (("/cart", "GET"), ("/pay", "POST"), ("/cart/1", "PUT"))
        ]
        assert seen == [200, 200, 500]


async def test_a_share_of_the_requests_is_hit() -> None:
    """Of 500 requests a tenth: within 4.5 standard deviations; and the same ones for the same seed."""

    async def hit() -> list[bool]:
        async with web() as (there, _):
            there.put("http.status", share=0.1, status=500, headers={}, body="")
            client = await there.client()
            return [(await ask(client)).status == 500 for _ in range(500)]

    first = await hit()
    assert sum(first) == pytest.approx(50, abs=4.5 * (500 * 0.1 * 0.9) ** 0.5)
    assert await hit() == first


async def test_pipelined_answers_keep_their_order() -> None:
    async with web() as (there, server):
        there.put("http.status", path="/hit", status=500, headers={}, body="")
        reader, writer = await there.client()
        targets = ["/a", "/hit", "/hit", "/big/200000", "/hit", "/b"]
        writer.write(b"".join(f"GET {one} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for one in targets))
        seen = []
        for _ in targets:
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(
                int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length")
            )
            await reader.readexactly(size)
            seen.append(int(head[9:12]))
        assert seen == [200, 500, 500, 200, 500, 200]
        assert [target for _, target in server.asked] == ["/a", "/big/200000", "/b"]


async def test_faults_that_end_leave_what_is_open() -> None:
    async with web() as (there, _):
        client = await there.client()
        assert (await ask(client)).status == 200
        put(there, "status", status=500, headers={}, body="")
        assert (await ask(client)).status == 500
        there.proxy.take("lease")
        assert (await ask(client)).status == 200


async def test_a_large_body_is_streamed() -> None:
    async with web() as (there, _):
        client = await there.client()
        assert len((await ask(client, "/big/20000000")).body) == 20_000_000
        assert (await ask(client, "/", "POST", bytes(20_000_000))).told()["size"] == 20_000_000


ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-LENGTH:  5\r\nx:y\r\n\r\nhello",
    "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;ext=1\r\nhello\r\n0a\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
    "early": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "cached": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n",
}
REQUESTS = {
    "plain": b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n",
    "odd case": b"GET /%s HTTP/1.1\r\nhOST:x\r\nA:  b \r\n\r\n",
    "body": b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "chunks": b"PUT /%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("seed", range(6))
async def test_what_nothing_hits_arrives_unchanged(seed: int) -> None:
    """Any requests and answers, pipelined, cut anywhere, while a fault is on that hits others."""
    chance = random.Random(seed)
    names = [chance.choice(sorted(ANSWERS)) for _ in range(60)]
    sent = b"".join(chance.choice(list(REQUESTS.values())) % name.encode() for name in names)
    answers = b"".join(ANSWERS[name] for name in names)
    heard, found = await exchanged(sent, answers, chance)
    assert heard == sent
    assert found == answers


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_no_http_arrives_unchanged(seed: int) -> None:
    """Random bytes, and such as begin like HTTP."""
    chance = random.Random(seed)
    begins = (
        b"",
        b"GET / HTTP/1.1\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"\x16\x03\x01",
        b"QUIT\r\n",
    )
    sent = begins[seed] + chance.randbytes(100_000)
    answers = b"HTTP/1.1 20" + chance.randbytes(100_000)
    heard, found = await exchanged(sent, answers, chance)
    assert heard == sent
    assert found == answers


async def exchanged(sent: bytes, answers: bytes, chance: random.Random) -> tuple[bytes, bytes]:
    """What the server hears, and the client, when each says all it has in pieces of any size."""
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        first = sent[:1]
        saying = asyncio.create_task(say(writer, answers, chance))
        heard.set_result(first + await reader.read(-1))
        await saying
        writer.close()

    async with line(serve, http=True) as there, asyncio.timeout(30):
        put(there, "status", status=500, headers={}, body="", path="^/never-asked$")
        reader, writer = await there.client()
        saying = asyncio.create_task(say(writer, sent, chance))
        found = await reader.read(-1)
        await saying
        return await heard, found


async def say(writer: asyncio.StreamWriter, words: bytes, chance: random.Random) -> None:
    while words:
        size = chance.choice((1, 3, 10, 100, 5000, 40_000))
        writer.write(words[:size])
        words = words[size:]
        await asyncio.sleep(0)
    writer.write_eof()


async def test_a_websocket_passes_from_its_upgrade_on() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while data := await reader.read(65536):
            writer.write(data[::-1])
        writer.close()

    async with line(serve, http=True) as there, asyncio.timeout(5):
        put(there, "status", status=500, headers={}, body="", path="^/never$")
        reader, writer = await there.client()
        writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
        for frame in (b"\x81\x05hello", b"GET /never HTTP/1.1\r\n\r\n", bytes(range(256))):
            writer.write(frame)
            assert await reader.readexactly(len(frame)) == frame[::-1]
        writer.write_eof()
        assert await reader.read(-1) == b""


async def test_a_websocket_may_be_refused() -> None:
    async with web() as (there, server):
        put(there, "status", status=503, headers={}, body="")
        reader, writer = await there.client()
        writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert (await reader.read(-1)).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert server.asked == []


async def test_tls_passes() -> None:
    pem = Path(__file__).parents[1] / "net/loopback.pem"
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pem)
    asking = ssl.create_default_context(cafile=pem)

    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(hello, "127.0.0.1", 0, ssl=serving)
    async with server, line(port=server.sockets[0].getsockname()[1], http=True) as there, asyncio.timeout(5):
        put(there, "status", status=500, headers={}, body="")
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", there.port, ssl=asking, server_hostname="127.0.0.1"
        )
        writer.write(b"GET / HTTP/1.1\n")
        assert await reader.readline() == b"GET / HTTP/1.1\n"
        writer.close()
        await writer.wait_closed()


async def test_who_asks_on_and_on_and_does_not_read_is_reset() -> None:
    """Our own answers wait in bounds too: of more than a gigabyte some megabytes are left."""
    async with web() as (there, _):
        put(there, "status", status=500, headers={}, body="x" * 60_000)
        reader, writer = await there.client()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(20_000):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await writer.drain()
        await asyncio.sleep(0.2)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await heard_until_reset(reader) < 40_000_000


async def heard_until_reset(reader: asyncio.StreamReader) -> int:
    size = 0
    try:
        while data := await reader.read(1_000_000):
            size += len(data)
    except ConnectionResetError:
        return size
    raise AssertionError("it was closed, and not reset")
