"""A fault: an action, what it may hit, in which stages, and for how long."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from seatrial.action import Action
from seatrial.model.base import Model
from seatrial.model.fields import Duration
from seatrial.model.units import parse_share
from seatrial.targets.selector import Selector


class Stage(Model):
    """How many targets are hit once this stage has begun."""

    count: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, gt=0, le=1)

    def of(self, population: int) -> int:
        """The number of targets out of a population: a share rounds down, but never to none."""
        if self.count is not None:
            return min(self.count, population)
        assert self.share is not None
        return min(population, max(1, int(population * self.share + 1e-9)))

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{(self.share or 0) * 100:.12g}%"


def _parse_stage(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(
            f"{value} is not a stage: write a number of targets or a share, such as `1` or `50%`"
        )
    if isinstance(value, int):
        return {"count": value}
    if isinstance(value, str):
        if re.fullmatch(r"\s*\d+\s*", value):
            return {"count": int(value)}
        return {"share": parse_share(value)}
    return value


StageField = Annotated[
    Stage,
    BeforeValidator(_parse_stage),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^\s*\d+((\.\d+)?\s*%)?\s*$"},
            ],
            "examples": [1, "50%"],
        }
    ),
]


def _growing(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    counts = [stage.count for stage in stages if stage.count is not None]
    shares = [stage.share for stage in stages if stage.share is not None]
    if counts != sorted(counts) or shares != sorted(shares):
        raise ValueError("the stages do not grow: write each at least as large as the one before")
    return stages


class Fault(Model):
    """One fault of the experiment."""

    action: str
    """Which action of the packs at hand: `process.kill`."""
    targets: Selector
    """What may be hit."""
    stages: Annotated[tuple[StageField, ...], Field(min_length=1), AfterValidator(_growing)] = (
        Stage(count=1),
    )
    """How many targets, stage by stage; each stage begins only after the one before has held."""
    for_s: Duration = Field(alias="for", gt=0)
    """How long the fault holds altogether, divided evenly over its stages."""
    at_s: Duration | None = Field(default=None, alias="at", ge=0)
    """When it begins, counted from the beginning of the fault phase; without it, after the fault before."""
    one_of: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")] | None = None
    """The name of a group of faults, one of which is chosen by the run's seed; the others are left out."""

    @property
    def parameters(self) -> Action[Any, Any]:
        """The action with its parameters."""
        raise NotImplementedError
