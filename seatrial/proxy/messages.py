"""HTTP/1.1 messages in a stream, each event with the very bytes that it came in.

h11 says where a message begins and ends; what is passed on are the bytes themselves.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Final

import h11

HEAD_BYTES_MAX: Final = 64 * 1024
_METHOD: Final = re.compile(rb"[!-~]{0,32}")
_REQUEST_LINE: Final = re.compile(rb"[!-~]{1,32} \S+ HTTP/1\.[01]\r?")
BODILESS: Final = (204, 304)
"""Answers with these statuses have no body."""
_VERSION: Final = b"HTTP/1."
_LINE_END: Final = re.compile(rb"\r?\n")

Part = tuple[h11.Event | None, bytes]
"""An event and its bytes; None: bytes between the events of a message, which frame them."""


class Reader:
    """The messages of one way of a connection.

    `begin` gives a fresh h11 connection for the next one; `plausible` says of the beginning of a head
    whether it may become one: what is no HTTP must not wait for an end that never comes.
    """

    def __init__(self, begin: Callable[[], h11.Connection], plausible: Callable[[bytes], bool]) -> None:
        self._begin, self._plausible = begin, plausible
        self._message: h11.Connection | None = None
        self._in_head = True
        self._unread = b""

    def read(self, data: bytes) -> Iterator[Part]:
        """What is whole with these bytes; raises h11.RemoteProtocolError where it is no HTTP/1.1.

        h11 copies what it has not read yet at each event, so give it little at a time.
        """
        self._unread += data
        if self._message is not None:
            self._message.receive_data(data)
        while self._message is not None or self._unread:
            if self._message is None:
                self._message, self._in_head = self._begin(), True
                self._message.receive_data(self._unread)
            event = self._message.next_event()
            size = len(self._unread) - len(self._message.trailing_data[0])
            raw, self._unread = self._unread[:size], self._unread[size:]
            if isinstance(event, type):  # NEED_DATA; PAUSED does not come before the end of a message
                if self._in_head and not self._plausible(self._unread):
                    raise h11.RemoteProtocolError("this is no HTTP")
                if raw:
                    yield None, raw
                return
            self._in_head = isinstance(event, h11.InformationalResponse)
            if isinstance(event, h11.EndOfMessage):
                self._message = None
            yield event, raw

    def rest(self) -> bytes:
        """What has come and was not read; it is the caller's from now on."""
        rest, self._unread, self._message = self._unread, b"", None
        return rest


def begin_request() -> h11.Connection:
    """For reading a request."""
    return h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)


def begin_answer(method: bytes) -> h11.Connection:
    """For reading the answer to a request with this method."""
    found = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES_MAX)
    found.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    found.send(h11.EndOfMessage())
    return found


def may_be_request(start: bytes) -> bool:
    """Whether a request may begin like that."""
    line, ended, _ = start.lstrip(b"\r\n").partition(b"\n")
    if ended:
        return _REQUEST_LINE.fullmatch(line) is not None
    return _METHOD.fullmatch(line.partition(b" ")[0]) is not None


def may_be_answer(start: bytes) -> bool:
    """Whether an answer may begin like that."""
    return start.startswith(_VERSION[: len(start)])


def rewritten(head: bytes, remove: Collection[str], add: Mapping[str, str]) -> bytes:
    """A head without some headers, and with others; all else to the byte as it was."""
    unwanted = {name.lower().encode() for name in (*remove, *add)}
    first, *lines = _LINE_END.split(head.rstrip(b"\r\n"))
    kept, keeps = [first], True
    for line in lines:
        if not line.startswith((b" ", b"\t")):  # an old way to go on with the header above
            keeps = line.partition(b":")[0].strip().lower() not in unwanted
        if keeps:
            kept.append(line)
    kept += [f"{name}: {value}".encode("ascii") for name, value in add.items()]
    return b"\r\n".join(kept) + b"\r\n\r\n"


def own_answer(status: int, headers: Mapping[str, str], text: str, *, to_head: bool, closes: bool) -> bytes:
    """An answer in the server's place."""
    body = text.encode()
    lines = dict(headers)
    if status not in BODILESS:
        lines = {"Content-Type": "text/plain; charset=utf-8", **headers, "Content-Length": str(len(body))}
    lines["Connection"] = "close" if closes else "keep-alive"
    head = [f"HTTP/1.1 {status} {_reason(status)}", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join((*head, "", "")).encode("ascii") + (b"" if to_head or status in BODILESS else body)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Injected"
