"""Gauges as Prometheus remote write 1.0: a `WriteRequest` of protobuf in a snappy block of literals.

https://prometheus.io/docs/specs/prw/remote_write_spec/ and google/snappy's format_description.txt. By hand:
two small messages are less than what two libraries would bring.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from seatrial.telling.state import Sample

HEADERS: Final = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_LITERAL_BYTES_MAX: Final = 65536


def encoded(samples: Iterable[Sample], instance: str, now_ms: int) -> bytes:
    """One write request."""
    return snappy(b"".join(_field(1, _series(one, instance, now_ms)) for one in samples))


def _series(sample: Sample, instance: str, now_ms: int) -> bytes:
    """`TimeSeries`: its labels sorted by name, and one sample."""
    labels = {**sample.labels, "__name__": sample.name, "job": "seatrial", "instance": instance}
    pairs = (
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(labels.items())
        if value
    )
    value = b"\x09" + struct.pack("<d", sample.value) + b"\x10" + _varint(now_ms)
    return b"".join(pairs) + _field(2, value)


def _field(number: int, content: bytes) -> bytes:
    """One of length-delimited type."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def snappy(content: bytes) -> bytes:
    """A block that is not compressed: its length, then literals."""
    return _varint(len(content)) + b"".join(_literals(content))


def _literals(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), _LITERAL_BYTES_MAX):
        part = content[begin : begin + _LITERAL_BYTES_MAX]
        yield b"\xf4" + struct.pack("<H", len(part) - 1) + part
