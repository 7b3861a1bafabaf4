"""Plain YAML scalars by the core schema of YAML 1.2.2 (section 10.3.2): no `yes`, no 1:30, no dates."""

import math
import re

from seatrial.files.node import Scalar

DIGITS_MAX = 300
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class AmbiguousScalar(ValueError):
    """A scalar that people and parsers read differently; `hint` tells how to write it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def resolve_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar; raises AmbiguousScalar for what no JSON can carry."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _integer(text)
    if _OTHER_BASE.fullmatch(text) and len(text) <= DIGITS_MAX:
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return finite(float(text), text)
    if _NOT_FINITE.fullmatch(text):
        raise AmbiguousScalar(f"`{text}` is not a number to reckon with", "write a finite number")
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if len(digits) > DIGITS_MAX:
        raise AmbiguousScalar(f"a number of {len(digits)} digits is too large", "write a smaller number")
    if len(digits) > 1 and digits.startswith("0"):
        raise AmbiguousScalar(
            f"`{text}` is octal for some YAML parsers and decimal for others",
            f'write `0o{digits.lstrip("0") or "0"}` for octal, or `"{text}"` for a text',
        )
    return int(text)


def finite(number: float, text: str) -> float:
    """The number itself; raises AmbiguousScalar where it is beyond what a float can hold."""
    if not math.isfinite(number):
        raise AmbiguousScalar(f"the number {text[:40]} is too large", "write a smaller number")
    return number
