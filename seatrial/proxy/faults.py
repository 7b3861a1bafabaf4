"""The faults of a proxy, as they come from an action: plain data, told apart by their kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

from seatrial.proxy.pieces import Bandwidth, Blackhole, Latency, Limit, Shape, Slices, SlowClose


class Stream(StrEnum):
    """One way through a connection, or both."""

    TO_CLIENT = "to_client"
    TO_SERVER = "to_server"
    BOTH = "both"


SHAPES: Final[Mapping[str, Callable[..., Shape]]] = {
    "latency": Latency,
    "bandwidth": Bandwidth,
    "slice": Slices,
    "slow_close": SlowClose,
    "limit": Limit,
    "blackhole": Blackhole,
}
RESET: Final = "reset"


@dataclass(frozen=True)
class Fault:
    """One fault, and the chance by which it hits a connection."""

    kind: str
    """A key of SHAPES, or `reset`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    stream: Stream = Stream.TO_CLIENT
    share: float = 1.0
    """Of the connections."""
    seed: int = 0
    chance: Random = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", Random(self.seed))

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Fault":
        """Of what an action sent; raises ValueError where this proxy does not know such a fault."""
        fault = cls(**{**given, "stream": Stream(given.get("stream", Stream.TO_CLIENT))})
        if fault.kind != RESET:
            fault.shape()
        return fault

    def hits(self) -> bool:
        """Draw whether it hits the next connection."""
        return self.share >= 1 or self.chance.random() < self.share

    def shape(self) -> Shape:
        """What it makes of one way through one connection."""
        if self.kind not in SHAPES:
            raise ValueError(f"there is no fault {self.kind}")
        return SHAPES[self.kind](self.chance, **self.settings)

    def is_on(self, stream: Stream) -> bool:
        """Whether it shapes this way."""
        return self.kind != RESET and self.stream in (stream, Stream.BOTH)
