"""What probes share that are read from a server: which one, and a reader of what is asked of it."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import urlsplit

from pydantic import model_validator

from seatrial.net.access import Url
from seatrial.probe import Probe, SparseReader, Survey
from seatrial.prometheus.client import open_client
from seatrial.prometheus.reader import SliReader
from seatrial.prometheus.server import PrometheusServer
from seatrial.prometheus.survey import surveyed
from seatrial.reading import Reading
from seatrial.series.asked import Asked


class AsksPrometheus(Probe):
    """A probe that says what to ask; the rest is here."""

    server: str | None = None
    """Which of the servers under `prometheus:`; where there is only one, that one."""
    url: Url | None = None
    """A server's address, where it needs nothing else; without `/api/v1`."""

    _server: PrometheusServer | None = None
    _called: str = ""

    @property
    @abstractmethod
    def asked(self) -> Asked:
        """What is read out of its series."""

    @model_validator(mode="after")
    def _has_one_server(self) -> Self:
        if self.server is not None and self.url is not None:
            raise ValueError("give `server` or `url`, not both: remove one")
        return self

    def on(self, servers: Mapping[str, PrometheusServer]) -> Self:
        """The same, knowing its server."""
        if self.url is not None:
            return self
        bound = self.model_copy()
        chosen = self.server or (next(iter(servers)) if len(servers) == 1 else "")
        bound._server, bound._called = servers.get(chosen), chosen  # noqa: SLF001  a copy of ourselves
        return bound

    @property
    def asks(self) -> PrometheusServer:
        """The server; raises ValueError where none is known."""
        server = self._server if self.url is None else PrometheusServer(url=self.url)
        if server is None:
            raise ValueError("name a server: `prometheus: {main: {url: …}}`, or `url`")
        return server

    async def read(self) -> Reading:
        async with self._asking() as reader:
            return await reader.read_once()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SparseReader]:
        async with self._asking() as reader:
            yield reader.read

    async def survey(self) -> Survey:
        """What the server knows of these series."""
        async with self._asking() as reader:
            return await surveyed(reader)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[SliReader]:
        called = self._called or urlsplit(self.asks.url).netloc.rpartition("@")[2]
        async with open_client(self.asks) as client:
            yield SliReader(client, self.asked, f"Prometheus {called}")
