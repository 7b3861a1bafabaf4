"""JSON without its places, a tenth of the time: for a file in which there is nothing to tell."""

import re
from typing import Any, Final

from seatrial.files.json_reader import decoder
from seatrial.files.scalar import AmbiguousScalar
from seatrial.files.yaml_reader import DEPTH_MAX, NODES_MAX
from seatrial.model.record import JsonValue

_DOUBTFUL: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes that may be no characters."""
_BEFORE_A_VALUE: Final = re.compile(r"[,\[{]")


def plain_json(text: str) -> JsonValue:
    """What `read_json` would make of it; None where it might have anything to tell."""
    if _DOUBTFUL.search(text) or len(_BEFORE_A_VALUE.findall(text)) >= NODES_MAX:
        return None
    try:
        document: JsonValue = _DECODER.decode(text)
    except (ValueError, AmbiguousScalar, RecursionError):
        return None
    return document if _is_flat(document, DEPTH_MAX) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _is_flat(value: JsonValue, left: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return left > 0 and all(_is_flat(one, left - 1) for one in inner if isinstance(one, dict | list))


_DECODER: Final = decoder(_once)
