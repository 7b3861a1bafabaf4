"""An Alertmanager: whom it tells of an alert, and its silences. Version 2 of its API."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from seatrial.net.access import HttpAccess, Url
from seatrial.net.fetch import fetch
from seatrial.net.reasons import Unanswered
from seatrial.prometheus.answers import BadAnswer, Trouble

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


class AlertmanagerServer(HttpAccess):
    """An Alertmanager."""

    url: Url
    """Where its API is, without `/api/v2`: `http://127.0.0.1:9093`."""


@dataclass
class AlertmanagerClient:
    """One Alertmanager, asked over kept connections. Use `open_alertmanager`."""

    server: AlertmanagerServer
    http: "httpx.AsyncClient"

    async def alerts(self) -> list[Any]:
        """What it was told of, silenced or not, each with its receivers; raises BadAnswer."""
        found = await self._ask("GET", "alerts")
        return found if isinstance(found, list) else []

    async def silences(self) -> list[Any]:
        """All of them, also those that are over; raises BadAnswer."""
        found = await self._ask("GET", "silences")
        return found if isinstance(found, list) else []

    async def silence(self, body: dict[str, Any]) -> None:
        """Make one; its id is the server's choice. Raises BadAnswer."""
        await self._ask("POST", "silences", body)

    async def expire(self, silence_id: str) -> None:
        """End one; one that is over stays so. Raises BadAnswer."""
        await self._ask("DELETE", f"silence/{quote(silence_id, safe='')}")

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            answer = await fetch(
                self.http,
                f"{self.server.url.rstrip('/')}/api/v2/{path}",
                method=method,
                content=json.dumps(body).encode() if body is not None else None,
                timeout_s=self.server.timeout,
                bytes_max=ANSWER_BYTES_MAX,
            )
        except Unanswered as why:
            raise BadAnswer(Trouble.LATER, f"Alertmanager: {why}") from None
        except OSError as error:
            raise BadAnswer(Trouble.ACCESS, str(error.strerror or error)) from None
        if answer.status >= 300:
            said = " ".join(answer.content.decode(errors="replace").split())[:200]
            trouble = Trouble.LATER if answer.status >= 500 else Trouble.ACCESS
            raise BadAnswer(trouble, f"Alertmanager answered {answer.status}: {said}")
        try:
            return json.loads(answer.content) if answer.content.strip() else None
        except ValueError:
            raise BadAnswer(Trouble.ACCESS, "what came is not the API of an Alertmanager") from None


@asynccontextmanager
async def open_alertmanager(server: AlertmanagerServer) -> AsyncIterator[AlertmanagerClient]:
    """A client for as long as it is needed; raises InvalidInput where certificates cannot be used."""
    async with server.client(server.url, accept="application/json", content_type="application/json") as http:
        yield AlertmanagerClient(server, http)
