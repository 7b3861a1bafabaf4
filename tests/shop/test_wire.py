from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.shop import wire

TWO = (
    b"POST /orders?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nIdempotency-Key:  k \r\n\r\nhello"
    b"GET / HTTP/1.0\r\n\r\n"
)


@given(st.lists(st.integers(0, len(TWO)), max_size=8))
def test_requests_are_the_same_however_the_bytes_arrive(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TWO)]
    buffer, requests = bytearray(), []
    for begin, end in pairwise(edges):
        buffer += TWO[begin:end]
        while message := wire.take(buffer):
            requests.append(wire.request(message))
    assert [(each.method, each.path, each.body, each.keep_alive) for each in requests] == [
        ("POST", "/orders", b"hello", True),
        ("GET", "/", b"", False),
    ]
    assert requests[0].headers["idempotency-key"] == "k"
    assert not buffer


def test_what_is_written_is_read_back() -> None:
    request = wire.Request("POST", "/orders", {"content-type": wire.JSON}, b"{}")
    message = wire.take(bytearray(request.encode("127.0.0.1:1")))
    assert message is not None
    again = wire.request(message)
    assert (again.method, again.path, again.body) == ("POST", "/orders", b"{}")
    assert again.headers["content-type"] == wire.JSON
    response = wire.Response(404, b"gone", "text/plain", keep_alive=False)
    message = wire.take(bytearray(response.encode()))
    assert message is not None
    assert wire.response(message) == response


def read(raw: bytes) -> wire.Request:
    message = wire.take(bytearray(raw))
    assert message is not None
    return wire.request(message)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET http://a/ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nName : space\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nContent-Length: 9999999999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 17_000, 431),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    ],
)
def test_a_malformed_request_says_with_which_status(raw: bytes, status: int) -> None:
    with pytest.raises(wire.Malformed) as caught:
        read(raw)
    assert caught.value.status == status


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 two\r\n\r\n", b"HTTP/1.1\r\n\r\n"])
def test_a_malformed_response_is_told(raw: bytes) -> None:
    message = wire.take(bytearray(raw))
    assert message is not None
    with pytest.raises(wire.Malformed, match=r"^not a status line"):
        wire.response(message)
