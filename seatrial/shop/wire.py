"""Just enough HTTP/1.1: one head, one Content-Length body, keep-alive.

Own code because a replica's start and each request pay for it: h11 costs about 115 us a request and 60 ms
of import here, this about a tenth of it and none.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 64 * 1024

JSON = "application/json"

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Malformed(Exception):
    """Not HTTP as spoken here; `status` is what to answer."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Message(NamedTuple):
    """A request or a response off the wire; header names in lower case."""

    start_line: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names in lower case."""

    method: str
    path: str
    """Without the query."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    keep_alive: bool = True

    def encode(self, host: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Response:
    """A response; only what the shop uses of one."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    keep_alive: bool = True

    def encode(self) -> bytes:
        head = (
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n"
            f"Connection: {'keep-alive' if self.keep_alive else 'close'}\r\n\r\n"
        )
        return head.encode("latin-1") + self.body


def take(buffer: bytearray) -> Message | None:
    """Take the first whole message out of the buffer; None while it is not whole. Raises Malformed."""
    end = buffer.find(b"\r\n\r\n")
    if max(end, 0) > HEAD_BYTES_MAX or (end < 0 and len(buffer) > HEAD_BYTES_MAX):
        raise Malformed(431, "the head is too long")
    if end < 0:
        return None
    start_line, *lines = buffer[:end].decode("latin-1").split("\r\n")
    headers = _headers(lines)
    begin, length = end + 4, _body_length(headers)
    if len(buffer) < begin + length:
        return None
    body = bytes(buffer[begin : begin + length])
    del buffer[: begin + length]
    return Message(start_line, headers, body)


def request(message: Message) -> Request:
    """Raises Malformed."""
    parts = message.start_line.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0") or not parts[1].startswith("/"):
        raise Malformed(400, f"not a request line: {message.start_line[:80]!r}")
    method, target, version = parts
    path = target.partition("?")[0]
    return Request(method, path, message.headers, message.body, _keep_alive(version, message.headers))


def response(message: Message) -> Response:
    """Raises Malformed. Its length must have been told: these servers always do."""
    version, _, rest = message.start_line.partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit()):
        raise Malformed(502, f"not a status line: {message.start_line[:80]!r}")
    content_type = message.headers.get("content-type", JSON)
    return Response(int(status), message.body, content_type, _keep_alive(version, message.headers))


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed(400, f"not a header: {line[:80]!r}")
        name = name.lower()
        if name == "content-length" and name in headers:
            raise Malformed(400, "two Content-Length headers")
        headers[name] = value.strip()
    return headers


def _body_length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Malformed(501, "no Transfer-Encoding here: send a Content-Length")
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise Malformed(400, f"not a Content-Length: {text[:20]!r}")
    if len(text) > 12 or int(text) > BODY_BYTES_MAX:
        raise Malformed(413, f"a body may have {BODY_BYTES_MAX} bytes")
    return int(text)


def _keep_alive(version: str, headers: dict[str, str]) -> bool:
    wish = headers.get("connection", "").lower()
    return wish == "keep-alive" if version == "HTTP/1.0" else wish != "close"
