"""What travels one way through a connection, and what a fault makes of it.

    (bytes, when they came) ──▶ shape ──▶ shape ──▶ (bytes, when they may go on)

Pure: no clock, no socket. A shape keeps what it has to know of its own way through one connection, and
sees the pieces of this way in their order.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from random import Random
from typing import Any, ClassVar, Final, NamedTuple

BURST_S: Final = 0.01
"""A narrow line passes on what it takes in this time at once."""
ROOM_BYTES_MAX: Final = 4 * 2**20
NARROW_ROOM_BYTES: Final = 64 * 1024


class Mark(Enum):
    """What happens on a connection beside bytes."""

    END = "its sender has nothing more to say"
    CLOSE = "both sides are closed"
    RESET = "both sides are reset"


class Piece(NamedTuple):
    """Bytes or a mark, and the moment that it came, or may go on, by the loop's clock."""

    data: bytes | Mark
    at_s: float


class Shape(ABC):
    """A fault on one way through one connection."""

    room_bytes: ClassVar[int] = ROOM_BYTES_MAX
    """How much may wait here before the sender has to."""
    swallowed: bool = False
    """True once bytes got lost: without the fault this connection makes no sense any more."""

    @abstractmethod
    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces that go on, in their order, each with its moment."""


class Latency(Shape):
    """Every piece later; none overtakes another."""

    def __init__(self, chance: Random, **settings: Any) -> None:
        self._delay_s = delays(chance, **settings)
        self._last_s = 0.0

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for data, at_s in pieces:
            self._last_s = max(self._last_s, at_s + self._delay_s())
            yield Piece(data, self._last_s)


def delays(
    chance: Random, *, latency_s: float, jitter_s: float = 0.0, distribution: str = "normal"
) -> Callable[[], float]:
    """Draw a delay with each call, in seconds. Raises ValueError for a distribution that is not known."""
    draws: Mapping[str, Callable[[], float]] = {
        "normal": lambda: chance.gauss(0.0, 1.0),
        "uniform": lambda: chance.uniform(-1.0, 1.0),
        # Never below 0, standard deviation 1: for the shape 3, x - 1 has the variance 3/4.
        "pareto": lambda: (chance.paretovariate(3.0) - 1.0) / 0.75**0.5,
    }
    if distribution not in draws:
        raise ValueError(f"there is no distribution {distribution}")
    if not jitter_s:
        return lambda: latency_s
    draw = draws[distribution]
    return lambda: max(0.0, latency_s + jitter_s * draw())


class Bandwidth(Shape):
    """A line that takes its time for every byte."""

    room_bytes = NARROW_ROOM_BYTES

    def __init__(self, chance: Random, *, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._burst = max(1, int(bytes_per_s * BURST_S))
        self._free_s = 0.0

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for data, at_s in pieces:
            self._free_s = max(self._free_s, at_s)
            for part in cut(data, self._burst):
                self._free_s += 0.0 if isinstance(part, Mark) else len(part) / self._bytes_per_s
                yield Piece(part, self._free_s)


class Slices(Shape):
    """Small pieces, with a pause between them."""

    def __init__(self, chance: Random, *, size: int, pause_s: float) -> None:
        self._size, self._pause_s = size, pause_s
        self._last_s = 0.0

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for data, at_s in pieces:
            for part in cut(data, self._size):
                self._last_s = max(self._last_s + self._pause_s, at_s)
                yield Piece(part, self._last_s)


class SlowClose(Shape):
    """The end comes later than what was said last."""

    def __init__(self, chance: Random, *, delay_s: float) -> None:
        self._delay_s = delay_s

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for data, at_s in pieces:
            yield Piece(data, at_s + self._delay_s if data is Mark.END else at_s)


class Blackhole(Shape):
    """Nothing goes on, not even the end."""

    def __init__(self, chance: Random) -> None:
        """It draws nothing."""

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for _ in pieces:
            self.swallowed = True
        yield from ()


class Limit(Shape):
    """So many bytes, and then the connection is over."""

    def __init__(self, chance: Random, *, size: int, reset: bool) -> None:
        self._left, self._over = size, Mark.RESET if reset else Mark.CLOSE

    def through(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        for data, at_s in pieces:
            if self.swallowed:
                continue
            if isinstance(data, Mark) or len(data) < self._left:
                self._left -= 0 if isinstance(data, Mark) else len(data)
                yield Piece(data, at_s)
            else:
                self.swallowed = True
                yield Piece(data[: self._left], at_s)
                yield Piece(self._over, at_s)


def cut(data: bytes | Mark, size: int) -> Iterator[bytes | Mark]:
    """Parts of at most so many bytes; a mark is whole."""
    if isinstance(data, Mark) or len(data) <= size:
        yield data
        return
    for begin in range(0, len(data), size):
        yield data[begin : begin + size]
