"""A floor: so many, or such a share, have to be left."""

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from seatrial.model.base import Model
from seatrial.model.units import format_share, parse_share


class Floor(Model):
    """A number, or a share, which rounds up."""

    count: int | None = Field(default=None, ge=0)
    share: float | None = Field(default=None, ge=0, le=1)

    def of(self, whole: int) -> int:
        """How many have to be left of so many."""
        if self.count is not None:
            return self.count
        assert self.share is not None
        return math.ceil(whole * self.share - 1e-9)

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else format_share(self.share or 0.0)


def _parse(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{value} is no number or share: write it as `1` or `50%`")
    if isinstance(value, int):
        return {"count": value}
    if isinstance(value, str):
        return {"count": int(value)} if re.fullmatch(r"\s*\d+\s*", value) else {"share": parse_share(value)}
    return value


def _written(floor: Floor) -> int | str:
    return floor.count if floor.count is not None else f"{(floor.share or 0) * 100:.12g}%"


FloorField = Annotated[
    Floor,
    BeforeValidator(_parse),
    PlainSerializer(_written, return_type=int | str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\d+((\.\d+)?\s*%)?\s*$"},
            ],
            "examples": [1, "50%"],
        }
    ),
]
