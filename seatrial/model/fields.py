"""Fields of what people write: numbers with units, objectives, tolerances.

Each is a plain value inside and knows how to read and to describe itself: a model's `hold: Duration` is a
float of seconds in code and `20 s` in a file.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from seatrial.model.objective import OBJECTIVE_EXAMPLES, OBJECTIVE_PATTERN, Objective
from seatrial.model.tolerance import Tolerance
from seatrial.model.units import (
    parse_bits_per_s,
    parse_bytes,
    parse_duration_s,
    parse_rate_per_s,
    parse_share,
)


def _unit(parse: Callable[[object], float], write: Callable[[float], str], pattern: str, example: str) -> Any:
    """The pydantic parts of a number with a unit; JSON carries the written form, so it reads back."""
    return (
        BeforeValidator(parse),
        PlainSerializer(write, return_type=str, when_used="json"),
        WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]}),
    )


_NUMBER = r"^\s*\d+(\.\d+)?\s*"
_DURATION_FORM = r"^\s*(\d+(\.\d+)?\s*(us|ms|s|sec|min|m|h|d)\s*)+$"
_DURATION = _unit(parse_duration_s, lambda seconds: f"{seconds:.12g} s", _DURATION_FORM, "30 s")
_SHARE = _unit(parse_share, lambda share: f"{share * 100:.12g}%", _NUMBER + r"%\s*$", "34%")
_RATE = _unit(parse_rate_per_s, lambda per_s: f"{per_s:.12g}/s", _NUMBER + r"/\s*(s|min|h)\s*$", "100/s")
_BYTES = _unit(parse_bytes, lambda size: f"{size:.0f} B", _NUMBER + r"([kMGT]?B|[KMGT]iB)\s*$", "512 MiB")
_BANDWIDTH = _unit(
    parse_bits_per_s,
    lambda per_s: f"{per_s:.12g} bit/s",
    _NUMBER + r"([kMG]?bit|[kMG]B)/s\s*$",
    "10 Mbit/s",
)

Duration = Annotated[float, *_DURATION]
"""Seconds; written `30 s`, `5 min`."""
Share = Annotated[float, *_SHARE]
"""0 to 1; written `34%`."""
Rate = Annotated[float, *_RATE]
"""Events a second; written `100/s`."""
Bytes = Annotated[int, *_BYTES]
"""A size in bytes; written `512 MiB`, `1 GB`."""
Bandwidth = Annotated[float, *_BANDWIDTH]
"""Bits a second; written `10 Mbit/s`, `1 MB/s`."""

ObjectiveField = Annotated[
    Objective,
    WithJsonSchema({"type": "string", "pattern": OBJECTIVE_PATTERN, "examples": OBJECTIVE_EXAMPLES}),
]
ToleranceField = Annotated[
    Tolerance, WithJsonSchema({"type": "string", "pattern": r"^\d+ of \d+$", "examples": ["3 of 5"]})
]
