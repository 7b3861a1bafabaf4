"""A collection of a cluster as it is at this moment, kept by a watch: list once, then follow what changes.

    reflector = Reflector(client, "/api/v1/namespaces/shop/pods", {"labelSelector": "app=web"})
    tasks.start_soon(reflector.run)
    ...
    reflector.objects()      # raises Unseen while the stream is down: what was there before is no evidence

The way of client-go's reflector: list in pages, watch with bookmarks from the list's version, resume where
the stream ends, list again where the server has forgotten that version (410), and find out by comparing
what went meanwhile. Nothing is polled: a thousand pods that do nothing cost nothing.
"""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio

from seatrial.kube.client import Client, Json
from seatrial.kube.failures import KubeError
from seatrial.kube.objects import metadata

_PAGE: Final = 500
_WATCH_S: Final = 10.0
"""The server ends a watch after this long, and it is taken up again: so a dead connection is noticed."""
_SILENT_S: Final = _WATCH_S + 2.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_GONE: Final = 410


class Unseen(Exception):
    """The cluster cannot be seen just now, and why."""


class Reflector:
    """One collection. `run` keeps it until it is cancelled."""

    def __init__(
        self,
        client: Client,
        path: str,
        query: Mapping[str, str] | None = None,
        on_change: Callable[[str, Json], object] = lambda _kind, _object: None,
    ) -> None:
        self._client = client
        self._path = path
        self._query = dict(query or {})
        self._on_change = on_change
        self._objects: dict[str, Json] = {}
        self._version = ""
        self._blind: str | None = "it was not asked yet"
        self._seen = anyio.Event()
        self._changed = anyio.Event()

    def objects(self) -> list[Json]:
        """All of them as of now, by name; raises Unseen."""
        if self._blind is not None:
            raise Unseen(self._blind)
        return sorted(
            self._objects.values(), key=lambda one: (metadata(one).get("namespace"), metadata(one)["name"])
        )

    async def wait(self) -> None:
        """Return once they were seen for the first time."""
        await self._seen.wait()

    async def changed(self) -> None:
        """Return at the next change, or when the cluster comes to be or ceases to be seen."""
        await self._changed.wait()

    async def run(self) -> None:
        """Keep it; whatever the cluster does, this goes on."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._watch()
                pause_s = _FIRST_PAUSE_S
            except KubeError as error:
                if error.status == _GONE:
                    self._version = ""
                self._lose(str(error))
                await anyio.sleep(pause_s * random.Random().uniform(0.8, 1.2))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _list(self) -> None:
        found: dict[str, Json] = {}
        more: dict[str, str] = {}
        while True:
            query = {**self._query, "limit": str(_PAGE), **more}
            page = await self._client.request("GET", self._path, query=query)
            found |= {metadata(one)["uid"]: one for one in page.get("items") or ()}
            more = {"continue": page["metadata"].get("continue") or ""}
            if not more["continue"]:
                break
        self._version = page["metadata"]["resourceVersion"]
        before, self._objects = self._objects, found
        for uid, one in before.items():
            if uid not in found:
                self._tell("DELETED", one)
        for uid, one in found.items():
            if before.get(uid) != one:
                self._tell("MODIFIED" if uid in before else "ADDED", one)

    async def _watch(self) -> None:
        query = {
            **self._query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": f"{_WATCH_S:.0f}",
        }
        async with self._client.stream(self._path, query, silent_s=_SILENT_S) as lines:
            self._see()
            async for line in lines:
                self._take(json.loads(line))

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, one = event["type"], event["object"]
        if kind == "ERROR":
            raise KubeError(one.get("code") or 0, one.get("reason") or "Error", one.get("message") or "")
        self._version = metadata(one)["resourceVersion"]
        if kind == "BOOKMARK":
            return
        uid = metadata(one)["uid"]
        if kind == "DELETED":
            self._objects.pop(uid, None)
        else:
            self._objects[uid] = one
        self._tell(kind, one)

    def _tell(self, kind: str, one: Json) -> None:
        self._on_change(kind, one)
        self._notify()

    def _see(self) -> None:
        if self._blind is not None:
            self._blind = None
            self._seen.set()
            self._notify()

    def _lose(self, reason: str) -> None:
        self._blind = reason
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
