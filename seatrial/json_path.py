"""Parts of JSON documents: what a JSONPath names, and what of it can be a reading."""

import math
from collections.abc import Callable
from typing import Any

from seatrial.reading import Scalar

TEXT_MAX = 1000
"""Longer texts are not worth keeping every second."""

NO_SCALAR = f"no number, flag or text of at most {TEXT_MAX} letters"
"""What is told of a value that cannot be a reading."""

Pick = Callable[[object], list[Any]]


def json_picker(path: str) -> Pick:
    """A function that finds all that a JSONPath names; raises ValueError where it is none."""
    from jsonpath_ng.ext.parser import parse

    try:
        found = parse(path)
    except Exception as error:  # noqa: BLE001  the parser raises all kinds, each for a bad path
        raise ValueError(f"{path!r} is not a JSONPath such as `$.queue.depth`: {error}") from None
    return lambda document: [match.value for match in found.find(document)]


def as_scalar(value: object) -> Scalar:
    """A number, flag or short text as it stands; None for anything else."""
    if isinstance(value, bool) or (isinstance(value, str) and len(value) <= TEXT_MAX):
        return value
    try:
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    return None
