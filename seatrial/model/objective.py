"""Objectives: `< 300 ms`, `>= 99.9%`, `<= 2x baseline`, `status == 200`.

    [quantity] operator bound

The same grammar writes a guard of `stop_when`, with the SLI's name in front:
`availability < 95%`.
"""

import copy
import operator
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from seatrial.model.record import Written
from seatrial.model.units import SECONDS_PER_UNIT, format_share, split_quantity
from seatrial.reading import Scalar


class Unit(StrEnum):
    """The dimension of a bound; the number is kept in this unit."""

    MILLISECONDS = "ms"
    SHARE = "%"
    PER_SECOND = "/s"
    BASELINE = "x baseline"
    NONE = ""


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = re.compile(r"^\s*(?P<quantity>[A-Za-z_][\w.-]*)?\s*(?P<op><=|>=|==|!=|<|>)\s*(?P<bound>\S.*?)\s*$")
_BASELINE = re.compile(r"^(?P<factor>\d+(?:\.\d+)?|\.\d+)\s*x\s+baseline$")
_ORDERING = ("<", "<=", ">", ">=")
OBJECTIVE_PATTERN = r"^\s*([A-Za-z_][\w.-]*)?\s*(<=|>=|==|!=|<|>)\s*\S"
"""The same form for editors."""
OBJECTIVE_EXAMPLES = ["< 300 ms", ">= 99.9%", "<= 2x baseline", "status == 200"]


class Objective(Written):
    """What an SLI has to be: a quantity compared with a bound. Equal where it is written alike."""

    __slots__ = ("bound", "op", "quantity", "unit")

    def __init__(self, text: object) -> None:
        match = _FORM.match(text) if isinstance(text, str) else None
        if not isinstance(text, str) or match is None:
            raise ValueError(f"{text!r} is not an objective: write it like one of {_examples()}")
        super().__init__(text.strip())
        self.quantity = match["quantity"]
        """Which of a probe's quantities; None: its first."""
        self.op = match["op"]
        bound, unit = _parse_bound(match["bound"], text)
        self.bound: Scalar = bound
        """A number in `unit` (a share is 0 to 1), or a text or flag to equal."""
        self.unit: Unit = unit
        if self.op in _ORDERING and isinstance(bound, str | bool):
            raise ValueError(f"{text!r}: {match['bound']!r} is not a number: write one, or use == or !=")

    def bounded_by(self, bound: Scalar) -> "Objective":
        """The same words for another bound, such as one that was measured."""
        other = copy.copy(self)
        other.bound = bound
        return other

    @property
    def relative(self) -> bool:
        """True when the bound is a multiple of what the baseline was."""
        return self.unit is Unit.BASELINE

    @property
    def factor(self) -> float:
        """The numeric bound."""
        if not isinstance(self.bound, int | float):
            raise TypeError(f"{self.text!r} has no numeric bound")
        return float(self.bound)

    @property
    def upper(self) -> bool:
        """True for `<` and `<=`: smaller is better."""
        return self.op in ("<", "<=")

    def holds(self, value: Scalar) -> bool:
        """Compare one value, in this objective's unit; a missing value or another type never holds."""
        if value is None:
            return False
        if isinstance(self.bound, str) != isinstance(value, str):
            return False
        return _OPERATORS[self.op](value, self.bound)


def _examples() -> str:
    return ", ".join(f"`{example}`" for example in OBJECTIVE_EXAMPLES)


def _parse_bound(bound: str, text: str) -> tuple[Scalar, Unit]:
    if relative := _BASELINE.match(bound):
        return float(relative["factor"]), Unit.BASELINE
    if bound[0] in "\"'" and bound[-1] == bound[0] and len(bound) > 1:
        return bound[1:-1], Unit.NONE
    if bound in ("true", "false"):
        return bound == "true", Unit.NONE
    try:
        number, unit = split_quantity(bound)
    except ValueError:
        return bound, Unit.NONE
    return _in_base_unit(number, unit, text)


def _in_base_unit(number: float, unit: str, text: str) -> tuple[float, Unit]:
    if unit == "":
        return number, Unit.NONE
    if unit == "%":
        if not 0 <= number <= 100:
            raise ValueError(f"{text!r}: {number:g}% is outside 0% to 100%")
        return number / 100, Unit.SHARE
    if unit in SECONDS_PER_UNIT:
        return number * SECONDS_PER_UNIT[unit] * 1000, Unit.MILLISECONDS
    if unit.replace(" ", "") in ("/s", "/min"):
        return number / (60 if unit.endswith("min") else 1), Unit.PER_SECOND
    known = "%, ms, s, min, /s, `x baseline`"
    raise ValueError(f"{text!r} has the unknown unit {unit!r}: use one of {known}")


def format_value(value: Scalar, unit: Unit) -> str:
    """A measured value as people read it: `287 ms`, `99.95 %`, `102 /s`."""
    if value is None:
        return "unknown"
    if isinstance(value, str | bool):
        return str(value).lower() if isinstance(value, bool) else value
    if unit is Unit.SHARE:
        return format_share(value)
    if unit is Unit.BASELINE:
        return f"{value:.3g}x baseline"
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()
