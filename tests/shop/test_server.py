"""The server and the client's pool over real connections, below what an HTTP library would send."""

import asyncio
import socket

import pytest

from seatrial.shop import Shop, server, wire
from seatrial.shop.client import Pool


def say(port: int, payload: bytes) -> bytes:
    """All that is answered until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(payload)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_sent_at_once_are_answered_in_order(shop: Shop) -> None:
    answer = say(
        shop.port,
        b"GET /products/1 HTTP/1.1\r\n\r\nGET /products/99 HTTP/1.1\r\n\r\n"
        b"GET /products/2 HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]
    assert answer.endswith(b'{"id": 2, "name": "bollard", "price_cents": 1000}')


def test_a_malformed_request_is_answered_and_the_connection_closed(shop: Shop) -> None:
    answer = say(shop.port, b"nonsense\r\n\r\nGET /products HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer


def test_an_error_of_the_handler_is_a_500_and_is_not_lost() -> None:
    async def handler(request: wire.Request) -> wire.Response:
        raise LookupError("a bug")

    async def story() -> tuple[wire.Response, list[str]]:
        told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(repr(context)))
        async with await server.listen(0, handler) as listening:
            response = await Pool(listening.sockets[0].getsockname()[1]).ask(wire.Request("GET", "/"))
        return response, told

    response, told = asyncio.run(story())
    assert response.status == 500
    assert "LookupError('a bug')" in "".join(told)


def test_the_pool_reuses_a_connection_but_never_one_given_up_on() -> None:
    seen: list[tuple[str, int]] = []

    async def handler(request: wire.Request) -> wire.Response:
        await asyncio.sleep(float(request.path.removeprefix("/")))
        return wire.Response(200, request.path.encode())

    async def story() -> list[bytes]:
        async with await server.listen(0, handler) as listening:
            pool = Pool(listening.sockets[0].getsockname()[1])
            bodies = [(await pool.ask(wire.Request("GET", path))).body for path in ("/0", "/0.01")]
            seen.append(("idle", len(pool._idle)))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await pool.ask(wire.Request("GET", "/0.2"))
            seen.append(("idle", len(pool._idle)))
            bodies.append((await pool.ask(wire.Request("GET", "/0.02"))).body)
            pool.close()
        return bodies

    assert asyncio.run(story()) == [b"/0", b"/0.01", b"/0.02"]
    assert seen == [("idle", 1), ("idle", 0)]


def test_a_connection_lost_halfway_is_an_os_error() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        writer.close()
        await writer.wait_closed()

    async def story() -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as listening:
            await Pool(listening.sockets[0].getsockname()[1]).ask(wire.Request("GET", "/"))

    with pytest.raises(ConnectionResetError):
        asyncio.run(story())
