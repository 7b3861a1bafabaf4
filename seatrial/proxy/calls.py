"""The calls of gRPC on one connection of HTTP/2: which faults hit which, and what comes of it.

    client ──▶ Frames ──▶ new call? ──▶ to_server      a call is a stream; faults hit it when it begins
           ◀── late? ◀── Frames ◀── to_client

Frames of streams that nothing hits are passed on as they come. What follows what can be read no more is
passed on too, unless something was left out before: then the connection is over.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from urllib.parse import quote

from hpack import HeaderTuple, HPACKError
from hyperframe.exceptions import HyperframeError
from hyperframe.frame import (
    DataFrame,
    HeadersFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from seatrial.proxy.faults import Fault
from seatrial.proxy.frames import HEADER_BYTES, Frames, Unit
from seatrial.proxy.lane import Lane
from seatrial.proxy.listener import PREFACE
from seatrial.proxy.pieces import ROOM_BYTES_MAX, Mark

_ANSWERED_MAX: Final = 10_000
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class Calls:
    """What both sides say, on its way to the lanes."""

    def __init__(self, to_server: Lane, to_client: Lane, faults: Callable[[], Iterable[Fault]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._to_server, self._to_client, self._faults = to_server, to_client, faults
        self._asked, self._said = Frames(), Frames()
        self._preface = len(PREFACE)
        """How much of it is still to come."""
        self._server_has_begun = self._is_opaque = self._is_over = False
        self._early: list[Unit] = []
        """Our own, until the server has begun: its settings come first."""
        self._answered: dict[int, None] = {}
        """Calls that the server knows nothing of, and whose client may still be talking."""
        self._delays_s: dict[int, float] = {}
        """Calls whose answer will come later by so much."""
        self._held: dict[int, tuple[asyncio.TimerHandle, list[Unit]]] = {}

    def hear_client(self, data: bytes | Mark) -> None:
        """The client has said something."""
        if not self._is_opaque and isinstance(data, bytes):
            preface, data = data[: self._preface], data[self._preface :]
            self._preface -= len(preface)
            self._pass_on(self._to_server, preface)
        self._hear(data, self._asked, self._to_server, self._of_client)

    def hear_server(self, data: bytes | Mark) -> None:
        """The server has said something."""
        self._hear(data, self._said, self._to_client, self._of_server)

    def hurry(self) -> None:
        """What is late need not be any more."""
        self._delays_s.clear()
        for stream in tuple(self._held):
            self._release(stream)

    def _hear(self, data: bytes | Mark, frames: Frames, lane: Lane, take: Callable[[Unit], None]) -> None:
        if self._is_over:
            return
        if self._is_opaque or isinstance(data, Mark):
            if lane is self._to_client:
                self.hurry()
            self._pass_on(lane, frames.rest())
            lane.feed(data)
            return
        try:
            for unit in frames.read(data):
                take(unit)
        except (HyperframeError, HPACKError):
            self._read_no_more()

    def _of_client(self, unit: Unit) -> None:
        stream = unit.frame.stream_id
        is_known = stream in self._answered or stream in self._delays_s or stream in self._held
        if isinstance(unit.frame, HeadersFrame) and not is_known:
            self._begin(unit)
        if stream in self._answered:
            self._swallow(unit)
            return
        if isinstance(unit.frame, RstStreamFrame):
            self._delays_s.pop(stream, None)
        self._to_server.feed(self._asked.written(unit))

    def _begin(self, unit: Unit) -> None:
        """Headers of a new stream, or the last ones of an old."""
        path = unit.header(b":path")
        if not path or not unit.header(b"content-type").startswith(b"application/grpc"):
            return
        hit = [one for one in self._faults() if one.wants_call(path) and one.hits()]
        stream = unit.frame.stream_id
        if delay_s := sum(one.delay_s() for one in hit if one.kind == "grpc.latency"):
            self._delays_s[stream] = delay_s
            self._said.change()
        if answers := [one for one in hit if one.kind == "grpc.status"]:
            self._answer(unit, answers[-1])

    def _answer(self, unit: Unit, fault: Fault) -> None:
        """Nothing but trailers, as gRPC allows; who is still talking is asked to stop."""
        self._asked.change()
        self._said.change()
        stream = unit.frame.stream_id
        self._answered[stream] = None
        if len(self._answered) > _ANSWERED_MAX:
            del self._answered[next(iter(self._answered))]
        status, message = str(fault.settings["code"]), fault.settings["message"]
        own = [_trailers(stream, status, message)]
        if not unit.ends_stream:
            own.append(Unit(RstStreamFrame(stream)))
        self._tell_client(stream, own)
        if self._to_client.waiting_bytes > 2 * ROOM_BYTES_MAX:
            self._end()  # it asks on and on, and does not read

    def _swallow(self, unit: Unit) -> None:
        """The server does not hear of it; the client may send as much more instead."""
        size = len(unit.raw) - HEADER_BYTES
        if isinstance(unit.frame, DataFrame) and size:
            self._tell_client(0, [Unit(WindowUpdateFrame(0, size))])
        if unit.ends_stream or isinstance(unit.frame, RstStreamFrame):
            self._answered.pop(unit.frame.stream_id, None)

    def _of_server(self, unit: Unit) -> None:
        self._tell_client(unit.frame.stream_id, [unit])
        if not self._server_has_begun and isinstance(unit.frame, SettingsFrame):
            self._server_has_begun = True
            early, self._early = self._early, []
            self._write(early)

    def _tell_client(self, stream: int, units: Sequence[Unit]) -> None:
        """At once, or where the answer is late with all else of it."""
        is_answer = isinstance(units[0].frame, HeadersFrame | DataFrame | RstStreamFrame)
        if is_answer and (delay_s := self._delays_s.pop(stream, 0.0)):
            self._held[stream] = self._loop.call_later(delay_s, self._release, stream), []
        if is_answer and stream in self._held:
            self._held[stream][1].extend(units)
        else:
            self._write(units)

    def _release(self, stream: int) -> None:
        timer, units = self._held.pop(stream)
        timer.cancel()
        self._write(units)

    def _write(self, units: Sequence[Unit]) -> None:
        for unit in units:
            if unit.raw or self._server_has_begun:
                self._to_client.feed(self._said.written(unit))
            else:
                self._early.append(unit)

    def _read_no_more(self) -> None:
        if self._asked.is_changed or self._said.is_changed:
            self._end()
            return
        self._is_opaque = True
        self._pass_on(self._to_server, self._asked.rest())
        self._pass_on(self._to_client, self._said.rest())

    def _end(self) -> None:
        self._is_over = True
        self._to_client.feed(Mark.RESET)

    @staticmethod
    def _pass_on(lane: Lane, data: bytes) -> None:
        if data:
            lane.feed(data)


def _trailers(stream: int, status: str, message: str) -> Unit:
    """The end of a call that has no answer: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md"""
    headers = {":status": "200", "content-type": "application/grpc", "grpc-status": status}
    if message:
        headers["grpc-message"] = quote(message, safe=_PRINTABLE)
    lines = tuple(HeaderTuple(name.encode(), value.encode()) for name, value in headers.items())
    return Unit(HeadersFrame(stream, flags=["END_STREAM"]), headers=lines)
