"""A reverse proxy before a cluster's API that answers some requests with errors, as a busy server does.

with FaultyApi(access) as api:                # plain HTTP on loopback, on with the access' own credentials
api.fail(500, times=2, methods=("PATCH",), done="now")   # done, but the answer is lost
...                                       # with api.access
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple, Self

from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.testing.json_server import Answer, Asked, JsonServer

_CONFIG: Final = {
    "apiVersion": "v1",
    "kind": "Config",
    "users": [{"name": "me", "user": {}}],
    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
    "current-context": "here",
}


Done = Literal["never", "now", "late"]
"""Whether a request that is answered with an error is done all the same; `late`: when it is let go."""


class _Failing(NamedTuple):
    status: int
    methods: Sequence[str]
    done: Done
    retry_after: str | None


class FaultyApi(JsonServer):
    """Whoever asks it is the access' user. It answers what is asked for in JSON, no streams."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._cluster = Cluster(access)
        self._folder = TemporaryDirectory()
        self._lock = threading.Lock()
        self._failing: list[_Failing] = []
        self._late: list[tuple[str, str, Json, str]] = []
        self.failed = 0
        """How many requests were answered with an error of ours."""

    @property
    def access(self) -> Access:
        """The way to the cluster through this."""
        return Access(kubeconfig=str(Path(self._folder.name) / "config"))

    def __enter__(self) -> Self:
        config = {**_CONFIG, "clusters": [{"name": "here", "cluster": {"server": self.url}}]}
        (Path(self._folder.name) / "config").write_text(json.dumps(config))
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._cluster.close()
        self._folder.cleanup()

    def fail(
        self,
        status: int,
        *,
        times: int = 1,
        methods: Sequence[str] = ("PATCH",),
        done: Done = "never",
        retry_after: str | None = None,
    ) -> None:
        """Answer the next requests of these methods so."""
        with self._lock:
            self._failing += [_Failing(status, methods, done, retry_after)] * times

    def let_go(self) -> list[int]:
        """Do what was kept for later; the statuses that come of it."""
        late, self._late = self._late, []
        return [self._asked(*one)[0] for one in late]

    def answer(self, asked: Asked) -> Answer:
        """What the cluster answers, or the error whose turn it is."""
        request = asked.method, asked.path, asked.body, asked.headers.get("Content-Type", "application/json")
        with self._lock:
            is_its_turn = bool(self._failing) and asked.method in self._failing[0].methods
            failing = self._failing.pop(0) if is_its_turn else None
            self.failed += failing is not None
            if failing is not None and failing.done == "late":
                self._late.append(request)
        if failing is None:
            return Answer(*self._asked(*request))
        if failing.done == "now":
            self._asked(*request)
        headers = {} if failing.retry_after is None else {"Retry-After": failing.retry_after}
        return Answer(failing.status, _status(failing.status), headers)

    def _asked(self, method: str, path: str, body: Json, kind: str) -> tuple[int, Json]:
        asking = self._cluster.client.request(method, path, body=body, content_type=kind)
        try:
            return 200, self._cluster.run(asking)
        except KubeError as error:
            return error.status or 502, _status(error.status or 502, str(error), error.details)


def _status(code: int, message: str = "as the test wants it", details: Any = None) -> Json:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": str(code)}
    return {**status, "message": message, "details": details or {}}
