"""prometheus: what a Prometheus has scraped, sample by sample."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import urlsplit

from seatrial.api import (
    Asked,
    Probe,
    PrometheusServer,
    Reading,
    SliReader,
    SparseReader,
    Survey,
    Url,
    model_validator,
    open_prometheus,
    surveyed,
)


class Prometheus(Asked, Probe):
    """Reads counters, histograms and gauges from a Prometheus, or from what speaks like one.

    It gives one of four readings: a ratio (`total` with `good` or `bad`), a histogram (`histogram`
    with `within` or `percentile`), a gauge (`gauge`), or how fast a counter grows (`rate`). Series are
    selected as in PromQL, without functions: `http_requests_total{job="shop",code!~"5.."}`.

    The raw samples are read and turned into increments series by series, so a burst of errors between
    two scrapes is counted once and whole, where `rate` shows none of it or up to twice as much. There
    is one reading a scrape round and never a repeat: what a Prometheus scrapes every 15 s it can only
    tell every 15 s. For a guard that has to act within seconds use `openmetrics` or `load`.
    """

    name: ClassVar[str] = "prometheus"

    server: str | None = None
    """Which of the servers under `prometheus:`; where there is only one, that one."""
    url: Url | None = None
    """A server's address, where it needs nothing else; without `/api/v1`."""

    _server: PrometheusServer | None = None

    @model_validator(mode="after")
    def _has_one_server(self) -> "Prometheus":
        if self.server is not None and self.url is not None:
            raise ValueError("give `server` or `url`, not both: remove one")
        return self

    def on(self, servers: Mapping[str, PrometheusServer]) -> "Prometheus":
        """The same, knowing its server."""
        if self.url is not None:
            return self
        bound = self.model_copy()
        chosen = self.server or (next(iter(servers)) if len(servers) == 1 else "")
        bound._server = servers.get(chosen)  # noqa: SLF001  a copy of ourselves
        return bound

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
        server = self._server if self.url is None else PrometheusServer(url=self.url)
        if server is None:
            raise ValueError("name a server: `prometheus: {main: {url: …}}`, or `url`")
        host = urlsplit(server.url).netloc.rpartition("@")[2]
        async with open_prometheus(server) as client:
            yield SliReader(client, self, f"Prometheus {self.server or host}")
