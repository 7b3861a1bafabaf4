"""A cluster as blocking code asks it: actions and the plan. One connection pool a process and cluster.

The requests run on a loop in a thread of their own, so that many threads may ask at once.
"""

import asyncio
import atexit
import os
import random
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

from seatrial.kube import just_read
from seatrial.kube.access import Access
from seatrial.kube.client import JSON_PATCH, MANAGER, Client, Json, open_client
from seatrial.kube.failures import KubeError

_T = TypeVar("_T")
_PAGE: Final = 500
_LONGEST_WAIT_S: Final = 5.0
_TRIES: Final = 4
_FIRST_WAIT_S: Final = 0.1
_UNREADY_PAUSE_S: Final = 0.25


class Cluster:
    """Blocking verbs on one cluster; each raises KubeError. Use `cluster_at`."""

    def __init__(self, access: Access) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="kubernetes", daemon=True)
        self._thread.start()
        try:
            self._client: Client = self._wait(open_client(access))
        except BaseException:
            self._end()
            raise

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._client.server

    def get(self, path: str, **query: str) -> Json:
        """One object, or one page of a list."""
        return self._ask("GET", path, query)

    def find(self, path: str) -> Json | None:
        """One object, or None where it is not there."""
        if (known := just_read.take(path)) is not None:
            return known
        try:
            found = self.get(path)
        except KubeError as error:
            if error.is_gone:
                return None
            raise
        just_read.keep(path, found)
        return found

    def list_all(self, path: str, **query: str) -> list[Json]:
        """All objects of a collection, page by page."""
        found: list[Json] = []
        more = ""
        while True:
            page = self.get(path, limit=str(_PAGE), **({"continue": more} if more else {}), **query)
            found += page.get("items") or []
            more = (page.get("metadata") or {}).get("continue") or ""
            if not more:
                return found

    def patch(self, path: str, operations: Sequence[Json], **query: str) -> Json:
        """A JSON patch: all of it or nothing; 422 where one of its tests fails."""
        return self._ask("PATCH", path, {"fieldManager": MANAGER, **query}, list(operations), JSON_PATCH)

    def create(self, path: str, body: Json, **query: str) -> Json:
        """An object of a collection, or a subresource such as an eviction."""
        return self._ask("POST", path, {"fieldManager": MANAGER, **query}, body)

    def replace(self, path: str, body: Json, **query: str) -> Json:
        """All of an object, as of the resourceVersion that it carries."""
        return self._ask("PUT", path, {"fieldManager": MANAGER, **query}, body)

    def delete(self, path: str, uid: str | None = None, **options: Json) -> bool:
        """An object, if it is the one with this uid; False where it is gone already."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", **options}
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        try:
            self._ask("DELETE", path, {}, body)
        except KubeError as error:
            if not error.is_gone and not (uid is not None and error.status == 409):
                raise
            return False
        return True

    def run(self, asking: Coroutine[Any, Any, _T]) -> _T:
        """Anything else that is written for the client's own loop."""
        return self._wait(asking)

    @property
    def client(self) -> Client:
        """For `run`."""
        return self._client

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json = None,
        kind: str = "application/json",
    ) -> Json:
        """Once more where the server is busy or broken, as long as the request's own time allows.

        All but a creation may be repeated: a patch that was done unheard fails by its own tests.
        """
        give_up_s = time.monotonic() + self._client.access.timeout_s
        again, was_ready = 0, False
        while True:
            try:
                return self._wait(
                    self._client.request(method, path, query=query, body=body, content_type=kind)
                )
            except KubeError as error:
                wait_s = _wait_s(error, again if method != "POST" else _TRIES)
                if error.is_forbidden and not was_ready:
                    was_ready = self._is_ready()
                    wait_s = 0.0 if was_ready else _UNREADY_PAUSE_S
                if wait_s is None or time.monotonic() + wait_s > give_up_s:
                    raise
            threading.Event().wait(wait_s)
            again += 1

    def _is_ready(self) -> bool:
        """A server that has just begun knows no accounts and roles yet: its no means nothing until it is.

        Where nobody may look (by default all may), a no is waited for as long as a request may take.
        """
        try:
            self._wait(self._client.request("GET", "/readyz"))
        except KubeError:
            return False
        return True

    def _wait(self, asking: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(asking, self._loop).result()

    def close(self) -> None:
        """Close all connections and end the thread."""
        self._wait(self._client.close())
        self._end()


def _wait_s(error: KubeError, again: int) -> float | None:
    """By the server's own word, or twice as long each time, with a little of chance; None: not again."""
    if error.details.get("causes"):
        return None  # a budget that is spent is a 429 with its cause, and no busy server
    if error.status in (429, 503) and error.retry_after_s is not None:
        return min(error.retry_after_s, _LONGEST_WAIT_S) * random.Random().uniform(0.8, 1.2)
    if error.status == 429 or error.status >= 500:
        return _FIRST_WAIT_S * 2**again * random.Random().uniform(0.8, 1.2) if again < _TRIES else None
    return None


_CLUSTERS: dict[tuple[int, Access], Cluster] = {}
_OPENING: Final = threading.Lock()


def cluster_at(access: Access) -> Cluster:
    """The cluster, asked by this process over connections that it keeps; raises InvalidInput, KubeError."""
    with _OPENING:
        here = (os.getpid(), access)  # threads and sockets do not survive a fork
        if here not in _CLUSTERS:
            _CLUSTERS[here] = Cluster(access)
        return _CLUSTERS[here]


@atexit.register
def close_all() -> None:
    """End what this process has opened."""
    for (pid, _), cluster in list(_CLUSTERS.items()):
        if pid == os.getpid():
            cluster.close()
    _CLUSTERS.clear()
