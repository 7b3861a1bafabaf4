"""The run's latencies as a standard HdrHistogram log, for HdrHistogram's own tools and plotters.

A line a second and request name: `Tag=NAME,start,length,max,histogram`, times in seconds after the
base time, the maximum in milliseconds, the histogram's values in microseconds.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from seatrial.load.second import LoadSecond, RequestSecond

_TAG_SAFE = "/?&=:;@+$!*'()[]{}|^`\"<>#\\-_.~"
"""All printable ASCII that a tag may hold as it is; a comma or a space would end it."""


def hdr_log(seconds: Iterable[LoadSecond], kind: Literal["latency", "service"] = "latency") -> Iterator[str]:
    """The lines of the log; none but the head where no request ended.

    `latency` counts from the intended start, `service` from the actual one.
    """
    base_unix: int | None = None
    yield "#[Histogram log format version 1.3]\n"
    yield f"#[{kind} in microseconds; Interval_Max in milliseconds]\n"
    for second in seconds:
        if base_unix is None:
            base_unix = second.second_unix
            yield from _head(base_unix)
        for name, one in second.requests.items():
            yield _line(name, second.second_unix - base_unix, _chosen(one, kind))


def write_hdr_log(
    seconds: Iterable[LoadSecond], path: Path, kind: Literal["latency", "service"] = "latency"
) -> None:
    """Write the log to a file; raises OSError."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(hdr_log(seconds, kind))


def _head(base_unix: int) -> Iterator[str]:
    moment = datetime.fromtimestamp(base_unix, UTC).isoformat()
    yield f"#[BaseTime: {base_unix}.000 (seconds since epoch)]\n"
    yield f"#[StartTime: {base_unix}.000 (seconds since epoch), {moment}]\n"
    yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'


def _chosen(one: RequestSecond, kind: Literal["latency", "service"]) -> str:
    return one.service if kind == "service" and one.service is not None else one.latency


def _line(name: str, offset_s: int, encoded: str) -> str:
    from seatrial.histogram import decode  # which a run without load is spared

    max_ms = decode(encoded).get_max_value() / 1000
    return f"Tag={quote(name, safe=_TAG_SAFE)},{offset_s}.000,1.000,{max_ms:.3f},{encoded}\n"
