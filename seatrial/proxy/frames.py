"""The frames of one way of an HTTP/2 connection, each with the very bytes that it came in.

hyperframe says what a frame holds, hpack what its headers are. What is passed on are the bytes themselves,
until a header is left out or put in on this way: the table that both ends keep of earlier headers
(RFC 7541, 2.3.2) is then another one at each end, so from there on headers are written without it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hpack import Decoder, Encoder, HeaderTuple
from hyperframe.exceptions import InvalidDataError
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame, PushPromiseFrame

from seatrial.proxy.listener import may_be_settings

HEADER_BYTES: Final = 9
_BLOCK_BYTES_MAX: Final = 2**20
_TABLE_BYTES_MAX: Final = 2**24
"""Each end allows the other one less than that."""
_FRAME_BYTES: Final = 16_384
"""What every end takes."""


@dataclass(frozen=True)
class Unit:
    """A frame; one with headers together with those that continue it."""

    frame: Frame
    raw: bytes = b""
    """As it came; nothing: it is our own."""
    headers: Sequence[HeaderTuple] | None = None

    @property
    def ends_stream(self) -> bool:
        """Nothing more comes on its stream."""
        return "END_STREAM" in self.frame.flags

    def header(self, name: bytes) -> bytes:
        """The value of one; nothing where it is not there."""
        return next((value for key, value in self.headers or () if key == name), b"")


class Frames:
    """What comes one way, and how it goes on."""

    def __init__(self) -> None:
        self._unread, self._has_begun = bytearray(), False
        self._block: list[tuple[Frame, bytes]] = []
        self._decoder = Decoder(max_header_list_size=_BLOCK_BYTES_MAX)
        self._decoder.max_allowed_table_size = _TABLE_BYTES_MAX
        self._encoder: Encoder | None = None

    @property
    def is_changed(self) -> bool:
        """Whether something was left out or put in: then the bytes that come mean nothing without us."""
        return self._encoder is not None

    def change(self) -> None:
        """From now on headers are written anew."""
        if self._encoder is None:
            self._encoder = Encoder()
            self._encoder.header_table_size = 0

    def read(self, data: bytes) -> Iterator[Unit]:
        """What is whole with these bytes; raises HyperframeError or HPACKError where it is no HTTP/2."""
        self._unread += data
        if not self._has_begun and not may_be_settings(bytes(self._unread[:HEADER_BYTES])):
            raise InvalidDataError("it does not begin with settings")
        while len(self._unread) >= HEADER_BYTES:
            frame, length = Frame.parse_frame_header(memoryview(bytes(self._unread[:HEADER_BYTES])))
            self._has_begun, size = True, HEADER_BYTES + length
            if len(self._unread) < size:
                return
            raw = bytes(self._unread[:size])
            del self._unread[:size]
            if self._block or isinstance(frame, HeadersFrame | PushPromiseFrame):
                self._block.append((frame, raw))
                if "END_HEADERS" in frame.flags:
                    yield self._with_headers()
                elif sum(len(raw) for _, raw in self._block) > _BLOCK_BYTES_MAX:
                    raise InvalidDataError("headers without an end")
            else:
                yield Unit(frame, raw)

    def rest(self) -> bytes:
        """What has come and was not read; it is the caller's from now on."""
        rest = b"".join(raw for _, raw in self._block) + bytes(self._unread)
        self._unread, self._block = bytearray(), []
        return rest

    def written(self, unit: Unit) -> bytes:
        """As it goes on, at this moment."""
        if unit.headers is None:
            return unit.raw or unit.frame.serialize()
        if self._encoder is None:
            return unit.raw
        return _with_block(unit.frame, self._encoder.encode(unit.headers))

    def _with_headers(self) -> Unit:
        for frame, raw in self._block:
            frame.parse_body(memoryview(raw)[HEADER_BYTES:])
        headers = self._decoder.decode(b"".join(_data(frame) for frame, _ in self._block), raw=True)
        unit = Unit(self._block[0][0], b"".join(raw for _, raw in self._block), tuple(headers))
        self._block = []
        return unit


def _data(frame: Frame) -> bytes:
    data: bytes = getattr(frame, "data", b"")
    return data


def _with_block(frame: Frame, block: bytes) -> bytes:
    """A frame with other headers, and what continues it."""
    assert isinstance(frame, HeadersFrame | PushPromiseFrame)
    parts = [block[at : at + _FRAME_BYTES] for at in range(0, len(block) or 1, _FRAME_BYTES)]
    frame.data, frame.pad_length = parts[0], 0
    frame.flags.discard("PADDED")
    frame.flags.discard("END_HEADERS")
    frames: list[Frame] = [frame, *(ContinuationFrame(frame.stream_id, part) for part in parts[1:])]
    frames[-1].flags.add("END_HEADERS")
    return b"".join(each.serialize() for each in frames)
