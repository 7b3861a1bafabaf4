"""A process that holds the line to one agent: it sends heartbeats as long as it lives.

Run by `seatrial.held`; its stdin tells it which cluster, which path, and where its libraries are. When it is
killed, the end of the connection is the end of the agent's stdin, and the agent undoes.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_BEATS_EVERY_S: Final = 1.0
_STDIN, _STDOUT = b"\0", b"\1"
"""The channels of an attached container."""


async def main() -> None:
    """Until it is killed, or the agent has ended."""
    given = json.load(sys.stdin)
    sys.path[1:1] = [str(Path(__file__).parents[2]), *given["libraries"]]
    from seatrial.kube.access import Access
    from seatrial.kube.client import connect

    async with (
        connect(Access.model_validate(given["access"])) as client,
        client.websocket(given["path"], given["query"]) as socket,
    ):
        ready = asyncio.Event()
        tasks = [asyncio.create_task(_beat(socket)), asyncio.create_task(_look(client, given, ready))]
        try:
            async for event in _events(socket):
                _heed(event, ready)
        finally:
            for task in tasks:
                task.cancel()
    raise EOFError("its agent has ended")


async def _look(client: Any, given: dict[str, Any], ready: asyncio.Event) -> None:
    """What was said before the stream was there stands in the log alone."""
    path, query = given["path"].removesuffix("attach") + "log", {"container": given["query"]["container"]}
    while not ready.is_set():
        await asyncio.sleep(_BEATS_EVERY_S)
        with suppress(Exception):  # it is asked again, and the stream tells as well
            if '"event": "ready"' in str(await client.request("GET", path, query=query)):
                _tell(ready)


async def _beat(socket: Any) -> None:
    while True:
        await socket.send_bytes(_STDIN + b"\n")
        await asyncio.sleep(_BEATS_EVERY_S)


async def _events(socket: Any) -> AsyncIterator[dict[str, Any]]:
    rest = b""
    async for message in socket:
        if isinstance(message.data, bytes) and message.data[:1] == _STDOUT:
            *lines, rest = (rest + message.data[1:]).split(b"\n")
            for line in lines:
                yield json.loads(line)


def _tell(ready: asyncio.Event) -> None:
    if not ready.is_set():
        ready.set()
        os.write(1, b"ready\n")


def _heed(event: dict[str, Any], ready: asyncio.Event) -> None:
    if event["event"] == "ready":
        _tell(ready)
    elif event["event"] in ("refused", "late", "wrong", "ended"):
        raise ValueError(event.get("reason") or event.get("why") or event["event"])


if __name__ == "__main__":
    asyncio.run(main())
