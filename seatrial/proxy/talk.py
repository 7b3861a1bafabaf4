"""The HTTP/1.1 on one connection: which faults hit which request, and what comes of it.

    client ──▶ Reader ──▶ requests ──▶ to_server      an Exchange for each request, in their order:
           ◀── answers ◀── Reader ◀── to_client       an answer belongs to the first of them

Requests and answers that nothing hits are passed on to the byte, as they come. From where it is no
HTTP/1.1 any more (TLS, HTTP/2, a connection that was upgraded), everything is.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import h11

from seatrial.proxy.exchange import Exchange
from seatrial.proxy.faults import Fault
from seatrial.proxy.lane import Lane
from seatrial.proxy.messages import Reader, begin_answer, begin_request, may_be_answer, may_be_request
from seatrial.proxy.pieces import ROOM_BYTES_MAX, Mark

_SLICE_BYTES: Final = 16 * 1024
_PIPELINED_MAX: Final = 10_000


class Talk:
    """What both sides say, on its way to the lanes."""

    def __init__(self, to_server: Lane, to_client: Lane, faults: Callable[[], Iterable[Fault]]) -> None:
        self._to_server, self._to_client = to_server, to_client
        self._faults, self._clock = faults, asyncio.get_running_loop().time
        self._requests = Reader(begin_request, may_be_request)
        self._answers = Reader(lambda: begin_answer(self._exchanges[0].method), may_be_answer)
        self._exchanges: deque[Exchange] = deque()
        self._asking: Exchange | None = None
        """The one whose request is being read, or was last."""
        self._client_is_opaque = self._server_is_opaque = self._is_over = False

    def hear_client(self, data: bytes | Mark) -> None:
        """The client has said something."""
        for piece in _small(data):
            if self._is_over:
                return
            if self._client_is_opaque or isinstance(piece, Mark):
                self._pass_on(self._to_server, self._requests.rest())
                self._to_server.feed(piece)
            else:
                self._read_requests(piece)

    def hear_server(self, data: bytes | Mark) -> None:
        """The server has said something."""
        for piece in _small(data):
            self._server_is_opaque = self._server_is_opaque or not self._expects_http
            if self._server_is_opaque or isinstance(piece, Mark):
                self._pass_on(self._to_client, self._answers.rest())
                self._to_client.feed(piece)
            else:
                self._read_answers(piece)

    def hurry(self) -> None:
        """No answer need be late any more."""
        for exchange in self._exchanges:
            exchange.hurry()

    def _read_requests(self, data: bytes) -> None:
        try:
            for event, raw in self._requests.read(data):
                self._request(event, raw)
                if self._client_is_opaque:
                    break
        except h11.RemoteProtocolError:
            self._client_is_opaque = True
            if self._asking is not None and self._asking.is_swallowing:
                self._asking.give_up()
                self._answer_in_place()
                return
        if self._client_is_opaque and not self._is_over:
            self._pass_on(self._to_server, self._requests.rest())

    def _request(self, event: h11.Event | None, raw: bytes) -> None:
        delay_s = 0.0
        if isinstance(event, h11.Request):
            self._asking = self._begun(event)
            raw, delay_s = self._asking.request_head(raw), self._asking.delay_s("request")
        assert self._asking is not None
        if self._asking.own is None:
            self._to_server.feed(raw, self._clock() + delay_s if delay_s else None)
        if isinstance(event, h11.EndOfMessage):
            self._asking.complete = True
            self._client_is_opaque = self._asking.is_last
        self._answer_in_place()

    def _begun(self, request: h11.Request) -> Exchange:
        wanted = (one for one in self._faults() if one.wants(request.method, request.target))
        self._exchanges.append(Exchange(request, tuple(one for one in wanted if one.hits())))
        if len(self._exchanges) > _PIPELINED_MAX:
            self._end(Mark.RESET)
        return self._exchanges[-1]

    def _read_answers(self, data: bytes) -> None:
        try:
            for event, raw in self._answers.read(data):
                self._answer(event, raw)
                if not self._expects_http:
                    break
        except h11.RemoteProtocolError:
            self._client_is_opaque = self._server_is_opaque = True
        if self._server_is_opaque or not self._expects_http:
            rest = self._answers.rest()
            self._server_is_opaque = self._server_is_opaque or bool(rest)
            self._pass_on(self._to_client, rest)

    @property
    def _expects_http(self) -> bool:
        """Whether what the server says next is an answer, and no other thing."""
        return bool(self._exchanges) and not self._exchanges[0].is_last

    def _answer(self, event: h11.Event | None, raw: bytes) -> None:
        exchange, delay_s = self._exchanges[0], 0.0
        if isinstance(event, h11.Response):
            if exchange.of("http.drop", lost="answer"):
                self._end(Mark.RESET)
                return
            raw, delay_s = exchange.answer_head(raw, event.status_code), exchange.delay_s("answer")
        elif exchange.hides_body:
            raw = b""
        if raw:
            self._to_client.feed(raw, self._clock() + delay_s if delay_s else None)
        if isinstance(event, h11.EndOfMessage):
            self._exchanges.popleft()
            self._answer_in_place()

    def _answer_in_place(self) -> None:
        """Where the next answer is our own, give it."""
        while self._exchanges and self._exchanges[0].is_ready and not self._is_over:
            exchange = self._exchanges.popleft()
            assert exchange.own is not None
            delay_s = exchange.delay_s("request") + exchange.delay_s("answer")
            self._to_client.feed(exchange.own, self._clock() + delay_s if delay_s else None)
            if exchange.closes:
                self._end(Mark.CLOSE)
            elif self._to_client.waiting_bytes > 2 * ROOM_BYTES_MAX:
                self._end(Mark.RESET)  # it asks on and on, and does not read

    def _end(self, mark: Mark) -> None:
        """Whatever the client says from now on, nobody hears."""
        self._is_over = True
        self._to_client.feed(mark)

    @staticmethod
    def _pass_on(lane: Lane, data: bytes) -> None:
        if data:
            lane.feed(data)


def _small(data: bytes | Mark) -> Iterator[bytes | Mark]:
    """As little at a time as a Reader likes."""
    if isinstance(data, Mark) or len(data) <= _SLICE_BYTES:
        yield data
        return
    for start in range(0, len(data), _SLICE_BYTES):
        yield data[start : start + _SLICE_BYTES]
