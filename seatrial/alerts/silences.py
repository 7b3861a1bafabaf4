"""Silences of an Alertmanager, found by who made them, and what they hide. For code that is not async.

An alert is hidden once it fires. Before that it is pending in a Prometheus, which does not tell the labels
that it adds for an Alertmanager: of one that is pending, a label that is not there may come to be.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import anyio

from seatrial.errors import Fatal, Retryable
from seatrial.prometheus.alertmanager import AlertmanagerClient, AlertmanagerServer, open_alertmanager
from seatrial.prometheus.answers import BadAnswer, Trouble
from seatrial.prometheus.client import open_client
from seatrial.prometheus.server import PrometheusServer

_AT_ONCE: Final = "1970-01-01T00:00:00Z"
"""A silence that began in the past begins now, by the clock of the Alertmanager."""
ResultT = TypeVar("ResultT")


def begin(server: AlertmanagerServer, matchers: Mapping[str, str], by: str, ends_at: str) -> None:
    """Silence what has these labels until then; raises Retryable or Fatal."""
    body = {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in matchers.items()
        ],
        "startsAt": _AT_ONCE,
        "endsAt": ends_at,
        "createdBy": by,
        "comment": "A chaos experiment of Seatrial: it ends this silence after its recovery",
    }
    _ask(server, lambda client: client.silence(body))


def count(server: AlertmanagerServer, by: str) -> int:
    """How many of somebody are not over; raises Retryable or Fatal."""
    return len(_ask(server, lambda client: _of(client, by)))


def end(server: AlertmanagerServer, by: str) -> None:
    """End all of somebody that are not over; raises Retryable or Fatal."""

    async def expire(client: AlertmanagerClient) -> None:
        for silence in await _of(client, by):
            await client.expire(str(silence["id"]))

    _ask(server, expire)


async def _of(client: AlertmanagerClient, by: str) -> list[Any]:
    found = await client.silences()
    return [one for one in found if one.get("createdBy") == by and one["status"]["state"] != "expired"]


def hidden(
    server: AlertmanagerServer, servers: Iterable[PrometheusServer], matchers: Mapping[str, str]
) -> str:
    """What a silence of these labels hides now, or is about to: `Errors is firing`; empty: nothing.

    Raises Retryable or Fatal where one of the servers cannot tell.
    """
    told = _ask(server, lambda client: _firing(client, matchers))
    for prometheus in servers:
        told = _run(partial(_active, prometheus, matchers)) | told
    return ", ".join(f"{name} is {state}" for name, state in sorted(told.items()))


async def _firing(client: AlertmanagerClient, matchers: Mapping[str, str]) -> dict[str, str]:
    found = [one.get("labels", {}) for one in await client.alerts()]
    return {_name(labels): "firing" for labels in found if _match(matchers, labels)}


async def _active(server: PrometheusServer, matchers: Mapping[str, str]) -> dict[str, str]:
    async with open_client(server) as client:
        found = (await client.get("alerts") or {}).get("alerts", ())
    return {
        _name(one["labels"]): str(one["state"])
        for one in found
        if _match(matchers, one["labels"], may_come=one["state"] == "pending")
    }


def _match(matchers: Mapping[str, str], labels: Mapping[str, str], *, may_come: bool = False) -> bool:
    return all(labels.get(label, value if may_come else "") == value for label, value in matchers.items())


def _name(labels: Mapping[str, str]) -> str:
    return labels.get("alertname", "an alert")


def _ask(server: AlertmanagerServer, do: Callable[[AlertmanagerClient], Awaitable[ResultT]]) -> ResultT:
    async def asked() -> ResultT:
        async with open_alertmanager(server) as client:
            return await do(client)

    return _run(asked)


def _run(do: Callable[[], Awaitable[ResultT]]) -> ResultT:
    try:
        return anyio.run(do)
    except BadAnswer as bad:
        raise (Retryable if bad.trouble is Trouble.LATER else Fatal)(bad.reason) from None
