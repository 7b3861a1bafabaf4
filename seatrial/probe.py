"""A probe: one source of readings for an SLI."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from seatrial.measure import Measure
from seatrial.model.base import Model
from seatrial.reading import Reading

if TYPE_CHECKING:
    from seatrial.kube.access import Access
    from seatrial.kube.rights import Right
    from seatrial.load.second import LoadSecond
    from seatrial.prometheus.server import PrometheusServer
    from seatrial.slo.slo import Slo

Reader = Callable[[], Awaitable[Reading]]
SparseReader = Callable[[], Awaitable[Reading | None]]
"""One that is read more often than it has something new to say; None until then, and nothing said twice."""


class Probe(Model, ABC):
    """One way to read an SLI. Fields are its keys in the file; the docstring is the documentation."""

    name: ClassVar[str]
    """The key under an SLI: `http`, `load`."""
    shorthand: ClassVar[str | None] = None
    """The field that a bare scalar fills: `{load: p95}` is `{load: {metric: p95}}`."""
    promise_key: ClassVar[str | None] = None
    """The field that names an SLO file; the objective is that SLO's where the SLI gives none of its own."""

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
    async def reader(self) -> AsyncIterator[SparseReader]:
        """A reader for a whole run; a probe with a connection or a memory opens it here."""
        yield self.read


class Survey(Model):
    """What a look before the run says of a source of readings."""

    every_s: float | None = None
    """How often it has something new to say; None: whenever it is read."""
    events_per_s: float | None = None
    """How many events it counts, for ratios and latencies; None where only the run can tell."""
    problems: tuple[str, ...] = ()
    """Why it cannot be read: the run is refused."""
    notes: tuple[str, ...] = ()
    """What the plan should say of it."""


@runtime_checkable
class Surveys(Protocol):
    """A probe that can say before a run what it will be able to see."""

    async def survey(self) -> Survey:
        """Look once; touches nothing. Raises InvalidInput where the file is wrong."""


@runtime_checkable
class Promised(Protocol):
    """A probe that reads what was promised in an SLO file."""

    slo: "Slo"


@runtime_checkable
class AsksOne(Protocol):
    """A probe that knows its server by now."""

    @property
    def asks(self) -> "PrometheusServer":
        """Raises ValueError where there is none."""


@runtime_checkable
class AsksServer(Protocol):
    """A probe that asks one of the servers that the experiment names."""

    server: str | None
    """Which of them; None: the only one."""
    url: str | None
    """Its own server's address, where it asks none of them."""

    def on(self, servers: "Mapping[str, PrometheusServer]") -> Probe:
        """The same, knowing its server; unchanged where there is none of that name."""


@runtime_checkable
class ReadsCluster(Protocol):
    """A probe that reads a Kubernetes cluster: `seatrial plan --rbac` makes roles of what it says."""

    def access(self) -> "Access":
        """Which cluster; raises InvalidInput where none is named."""

    def rights(self) -> "Iterable[Right]":
        """All that reading takes."""


@runtime_checkable
class FromLoad(Protocol):
    """A probe that reads the run's own load generator instead of the world."""

    def of(self, second: "LoadSecond") -> Reading:
        """The reading of one second of load."""

    @property
    def counts_every_request(self) -> bool:
        """True where the load's rate is the rate of this SLI's events; the plan counts on it."""
