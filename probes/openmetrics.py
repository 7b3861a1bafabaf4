"""openmetrics: what targets count about themselves, on their own pages."""

import datetime
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync as to_thread

from seatrial.api import (
    Asked,
    Field,
    HttpAccess,
    Missing,
    Page,
    Probe,
    Reading,
    Rounds,
    Selector,
    SeriesSelector,
    SparseReader,
    Unanswered,
    Unknown,
    Url,
    check_page,
    fetch,
    listening_address,
    model_validator,
    names_on_page,
    read_page,
    reading_of,
    scrape_of,
)

if TYPE_CHECKING:
    import httpx

PAGE_BYTES_MAX = 16 * 1024 * 1024
TEXT_FORMAT = "text/plain;version=0.0.4"
GRACE_S = 0.5


class OpenMetrics(HttpAccess, Asked, Probe):
    """Scrapes the targets' own metrics pages each interval and reads what they counted since then.

    It gives one of four readings: a ratio (`total` with `good` or `bad`), a histogram (`histogram`
    with `percentile` or `within`), a gauge (`gauge`), or how fast a counter grows (`rate`). Series are
    selected as in PromQL: `http_requests_total{code!~"5.."}`.

    It sees a burst of errors a second after it, so it may guard a run, where a Prometheus between would
    show it after its own scrape interval. Do not scrape through a load balancer: each scrape would show
    another process.
    """

    name: ClassVar[str] = "openmetrics"

    url: Annotated[tuple[Url, ...], Field(min_length=1, max_length=200)] | Url | None = None
    """The page, or a list of pages: one of each process."""
    targets: Selector | None = None
    """Whose pages: a selector as of a fault. Looked up anew at each reading, so whoever is started
    meanwhile is seen. A process is asked on the port on which it listens."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """With `targets`: the port of the page, where a process listens on several, or another serves it."""
    path: str = Field(default="/metrics", pattern=r"^/")
    """With `targets`: where on them the page is."""

    @model_validator(mode="after")
    def _has_pages(self) -> "OpenMetrics":
        if (self.url is None) == (self.targets is None):
            raise ValueError("name the pages by `url` or by `targets`, exactly one of them")
        if self.targets is not None and self.targets.kind == "host":
            raise ValueError(
                "`targets: {host: …}` names no page: select processes or endpoints, or give `url`"
            )
        return self

    async def read(self) -> Reading:
        async with self.reader() as read:
            await read()
            await anyio.sleep(1.0)
            return await read() or Unknown(reason="nothing to compare the first scrape with as yet")

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SparseReader]:
        urls = () if self.url is None else (self.url,) if isinstance(self.url, str) else self.url
        async with self.client(*urls, accept=TEXT_FORMAT) as client:
            yield _Scraper(self, client).read

    def pages(self) -> dict[str, str]:
        """The page of each target, by what it is called in messages."""
        if self.targets is not None:
            addresses = [listening_address(target, self.port) for target in self.targets.population()]
            return {address: f"http://{address}{self.path}" for address in addresses if address}
        urls = (self.url,) if isinstance(self.url, str) else self.url or ()
        names = [urlsplit(url) for url in urls]
        hosts = [one.netloc.rpartition("@")[2] for one in names]
        return {
            host if hosts.count(host) == 1 else host + one.path: url
            for host, one, url in zip(hosts, names, urls, strict=True)
        }

    def counters(self) -> tuple[SeriesSelector, ...]:
        """What has to be on the pages: the whole first."""
        return (self.whole,) if self.part is None else (self.whole, self.part)


class _Scraper:
    """The pages, from one reading to the next."""

    def __init__(self, probe: OpenMetrics, client: "httpx.AsyncClient") -> None:
        self._probe = probe
        self._client = client
        # Start times are told by the wall clock; that it may be set meanwhile must not look like a restart.
        self._wall_s = datetime.datetime.now(datetime.UTC).timestamp() - time.monotonic()
        self._rounds = Rounds(
            probe.is_whole,
            may_be_missing=probe.may_be_missing,
            watched_since_s=time.monotonic(),
            counting=probe.gauge is None,
        )
        self._known: set[str] = set()

    async def read(self) -> Reading | None:
        pages = await to_thread(self._probe.pages, abandon_on_cancel=True)
        for gone in self._known - pages.keys():
            self._rounds.fail(gone, time.monotonic(), "is there no more")
        self._known = set(pages)
        found: list[Page] = []
        async with anyio.create_task_group() as scrapes:
            for name, url in pages.items():
                scrapes.start_soon(self._scrape, name, url, found)
        try:
            return self._reading(found)
        except (Missing, ValueError) as why:
            return Unknown(reason=str(why))

    def _reading(self, found: Sequence[Page]) -> Reading | None:
        asked, now_s = self._probe, time.monotonic()
        if not self._known:
            raise ValueError("no target listens on exactly one port: are they running? Or name their `port`")
        done = self._rounds.complete(now_s, silent_after_s=asked.timeout + GRACE_S)
        for number, selector in enumerate(asked.counters()):
            check_page(asked, selector, found, has_to_be_there=number == 0)
        if done is None:
            return None
        return reading_of(asked, done, now_s=now_s, source="their own pages")

    async def _scrape(self, name: str, url: str, found: list[Page]) -> None:
        """One page into the rounds; why there is none, too."""
        asked = self._probe
        try:
            page, scraped_s = await self._page(url), time.monotonic()
            self._rounds.take(name, scrape_of(asked, page, scraped_s, self._wall_s))
            found.append(page)
        except (Unanswered, ValueError) as why:
            self._rounds.fail(name, time.monotonic(), str(why))

    async def _page(self, url: str) -> Page:
        answer = await fetch(self._client, url, timeout_s=self._probe.timeout, bytes_max=PAGE_BYTES_MAX)
        if answer.status != 200:
            raise Unanswered(f"answered {answer.status}")
        if answer.cut:
            raise Unanswered(f"the page is longer than {PAGE_BYTES_MAX // 2**20} MiB")
        try:
            return read_page(answer.content.decode(errors="replace"), names_on_page(self._probe))
        except ValueError as error:
            raise Unanswered(f"not a page in the Prometheus text format: {error}") from None
