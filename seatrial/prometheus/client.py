"""Asking a server: queries by POST, anything else by GET, each within one deadline, nothing tried twice."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from seatrial.net.fetch import Answer, fetch
from seatrial.net.reasons import Unanswered
from seatrial.prometheus.answers import BadAnswer, Result, Trouble, data_of, result_of
from seatrial.prometheus.server import PrometheusServer

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
FORM: Final = "application/x-www-form-urlencoded"


@dataclass
class PrometheusClient:
    """One server, asked over kept connections. Use `open_client`."""

    server: PrometheusServer
    http: "httpx.AsyncClient"
    _ahead_s: float | None = field(default=None, init=False)
    """The server's clock less our monotonic one."""

    async def query(self, promql: str) -> Result:
        """An instant query, evaluated now by the server's clock; raises BadAnswer.

        Without `time`: a clock that is ahead of the server's makes a rate empty, or an old value look new.
        """
        with self._keeping_secrets():
            return result_of(await self._ask("POST", "query", {"query": promql}))

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """`data` of any other endpoint: `rules`, `alerts`, `metadata`; raises BadAnswer."""
        with self._keeping_secrets():
            return data_of(await self._ask("GET", path, params or {}))[0]

    async def synchronise(self) -> None:
        """Learn the server's clock, to half of what the question takes; raises BadAnswer."""
        sent_s = time.monotonic()
        told = await self.query("time()")
        there = told.scalar
        if there is None and len(told.series) == 1 and told.series[0].value is not None:
            there = told.series[0].value[0]  # VictoriaMetrics: a series, whose value may be 30 s behind
        if there is None:
            raise BadAnswer(Trouble.ACCESS, "`time()` was not answered with a number")
        self._ahead_s = there - (sent_s + time.monotonic()) / 2

    @property
    def now_s(self) -> float:
        """The server's time; after `synchronise`."""
        assert self._ahead_s is not None, "synchronise first"
        return time.monotonic() + self._ahead_s

    @property
    def is_synchronised(self) -> bool:
        return self._ahead_s is not None

    @contextmanager
    def _keeping_secrets(self) -> Iterator[None]:
        """A server may repeat in its error what it was sent."""
        try:
            yield
        except BadAnswer as bad:
            reason = bad.reason
            for secret in self.server.secrets():
                reason = reason.replace(secret, "…")
            raise BadAnswer(bad.trouble, reason) from None

    async def _ask(self, method: str, path: str, params: Mapping[str, str]) -> Answer:
        text = urlencode({**self.server.params, **params})
        url = self.server.address(path)
        try:
            return await fetch(
                self.http,
                url if method == "POST" or not text else f"{url}?{text}",
                method=method,
                content=text.encode() if method == "POST" else None,
                timeout_s=self.server.timeout,
                bytes_max=ANSWER_BYTES_MAX,
                repeatable=True,
            )
        except Unanswered as why:
            trouble = Trouble.ACCESS if str(why).startswith("TLS") else Trouble.LATER
            raise BadAnswer(trouble, str(why)) from None
        except OSError as error:  # this machine cannot ask: no descriptor, no token's file
            raise BadAnswer(Trouble.ACCESS, str(error.strerror or error)) from None


@asynccontextmanager
async def open_client(server: PrometheusServer) -> AsyncIterator[PrometheusClient]:
    """A client for as long as it is needed; raises InvalidInput where certificates cannot be used."""
    async with server.client(server.url, accept="application/json", content_type=FORM) as http:
        yield PrometheusClient(server, http)
