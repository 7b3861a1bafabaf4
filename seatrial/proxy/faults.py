"""The faults of a proxy, as they come from an action: plain data, told apart by their kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

from seatrial.proxy.pieces import Bandwidth, Blackhole, Latency, Limit, Shape, Slices, SlowClose, delays


class Stream(StrEnum):
    """One way through a connection, or both."""

    TO_CLIENT = "to_client"
    TO_SERVER = "to_server"
    BOTH = "both"


class Distribution(StrEnum):
    """How delays spread."""

    NORMAL = "normal"
    UNIFORM = "uniform"
    PARETO = "pareto"


SHAPES: Final[Mapping[str, Callable[..., Shape]]] = {
    "latency": Latency,
    "bandwidth": Bandwidth,
    "slice": Slices,
    "slow_close": SlowClose,
    "limit": Limit,
    "blackhole": Blackhole,
}
"""What hits the bytes of a connection."""
RESET: Final = "reset"
HTTP: Final = frozenset({"http.latency", "http.status", "http.drop", "http.header", "http.body"})
"""What hits requests of HTTP/1.1."""
GRPC: Final = frozenset({"grpc.latency", "grpc.status"})
"""What hits calls."""
LATE: Final = frozenset({"grpc.latency", "http.latency"})
_OF_DELAYS: Final = ("latency_s", "jitter_s", "distribution")


@dataclass(frozen=True)
class Fault:
    """One fault, and the chance by which it hits a connection, or a request."""

    kind: str
    """A key of SHAPES, `reset`, or one of HTTP or GRPC."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    stream: Stream = Stream.TO_CLIENT
    """Of a connection."""
    methods: tuple[str, ...] = ()
    """Of requests; none: all."""
    path: str = ""
    """A regular expression, searched in the target of requests, or the path of calls."""
    share: float = 1.0
    seed: int = 0
    chance: Random = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", Random(self.seed))

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Fault":
        """Of what an action sent; raises ValueError where this proxy does not know such a fault."""
        stream = Stream(given.get("stream", Stream.TO_CLIENT))
        fault = cls(**{**given, "stream": stream, "methods": tuple(given.get("methods", ()))})
        if fault.kind in SHAPES:
            fault.shape()
        elif fault.kind != RESET and not fault.hits_requests:
            raise ValueError(f"there is no fault {fault.kind}")
        return fault

    @property
    def hits_requests(self) -> bool:
        """Whether it hits requests or calls, and not connections."""
        return self.kind in HTTP | GRPC

    @property
    def delays_requests(self) -> bool:
        """Whether something may still wait when it ends."""
        return self.kind in LATE

    def hits(self) -> bool:
        """Draw whether it hits the next one."""
        return self.share >= 1 or self.chance.random() < self.share

    def is_on(self, stream: Stream) -> bool:
        """Whether it shapes this way of a connection."""
        return self.kind in SHAPES and self.stream in (stream, Stream.BOTH)

    def shape(self) -> Shape:
        """What it makes of one way through one connection."""
        return SHAPES[self.kind](self.chance, **self.settings)

    def wants(self, method: bytes, target: bytes) -> bool:
        """Whether such a request may be hit."""
        return (
            self.kind in HTTP
            and (not self.methods or method.decode("ascii", "replace") in self.methods)
            and self._is_on(target)
        )

    def wants_call(self, path: bytes) -> bool:
        """Whether a call of gRPC to this path may be hit."""
        return self.kind in GRPC and self._is_on(path)

    def _is_on(self, path: bytes) -> bool:
        return re.search(self.path, path.decode("ascii", "replace")) is not None

    def delay_s(self) -> float:
        """Draw how much later a request or its answer goes on."""
        return delays(self.chance, **{key: self.settings[key] for key in _OF_DELAYS})()
