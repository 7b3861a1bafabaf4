"""A probe: one source of readings for an SLI."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from seatrial.model.base import Model
from seatrial.reading import Reading

if TYPE_CHECKING:
    from seatrial.load.second import LoadSecond

Reader = Callable[[], Awaitable[Reading]]


class Measure(StrEnum):
    """What kind of reading a probe gives; it decides the rule that judges it."""

    RATIO = "ratio"
    LATENCY = "latency"
    VALUE = "value"


class Probe(Model, ABC):
    """One way to read an SLI. Fields are its keys in the file; the docstring is the documentation."""

    name: ClassVar[str]
    """The key under an SLI: `http`, `load`."""
    shorthand: ClassVar[str | None] = None
    """The field that a bare scalar fills: `{load: p95}` is `{load: {metric: p95}}`."""

    @property
    @abstractmethod
    def measure(self) -> Measure:
        """The kind of reading that `read` gives."""

    @property
    def quantities(self) -> Mapping[str, str]:
        """For values: name -> unit (`ms`, `/s`, `%` or empty); the first is the default."""
        return {}

    @property
    def quantile(self) -> float | None:
        """For latencies: which quantile its readings are judged at, 0.95 for p95."""
        return None

    @property
    def counts_bad(self) -> bool:
        """For ratios: True where the SLI is the share of bad events, an error ratio."""
        return False

    @abstractmethod
    async def read(self) -> Reading:
        """One reading. May raise: the engine makes it Unknown, with the reason."""

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """A reader for a whole run; a probe with a connection or a memory opens it here."""
        yield self.read


@runtime_checkable
class FromLoad(Protocol):
    """A probe that reads the run's own load generator instead of the world."""

    def of(self, second: "LoadSecond") -> Reading:
        """The reading of one second of load."""

    @property
    def counts_every_request(self) -> bool:
        """True where the load's rate is the rate of this SLI's events; the plan counts on it."""
