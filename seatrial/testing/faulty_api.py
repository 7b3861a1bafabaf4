"""A reverse proxy before a cluster's API that answers some requests with errors, as a busy server does.

with FaultyApi(access) as api:                # plain HTTP on loopback, on with the access' own credentials
api.fail(500, times=2, methods=("PATCH",), done="now")   # done, but the answer is lost
...                                       # with api.access
"""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple

from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError

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


class FaultyApi:
    """Whoever asks it is the access' user. It answers what is asked for in JSON, no streams."""

    def __init__(self, access: Access) -> None:
        self._cluster = Cluster(access)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
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

    def __enter__(self) -> "FaultyApi":
        server = {"server": f"http://127.0.0.1:{self._server.server_port}"}
        config = {**_CONFIG, "clusters": [{"name": "here", "cluster": server}]}
        (Path(self._folder.name) / "config").write_text(json.dumps(config))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
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

    def answer(self, method: str, path: str, body: Json, kind: str) -> tuple[int, Json, str | None]:
        """Status, body and Retry-After."""
        with self._lock:
            failing = self._failing.pop(0) if self._failing and method in self._failing[0].methods else None
            self.failed += failing is not None
            if failing is not None and failing.done == "late":
                self._late.append((method, path, body, kind))
        if failing is None:
            return (*self._asked(method, path, body, kind), None)
        if failing.done == "now":
            self._asked(method, path, body, kind)
        return failing.status, _status(failing.status), failing.retry_after

    def _asked(self, method: str, path: str, body: Json, kind: str) -> tuple[int, Json]:
        asking = self._cluster.client.request(method, path, body=body, content_type=kind)
        try:
            return 200, self._cluster.run(asking)
        except KubeError as error:
            return error.status or 502, _status(error.status or 502, str(error), error.details)


def _status(code: int, message: str = "as the test wants it", details: Any = None) -> Json:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": str(code)}
    return {**status, "message": message, "details": details or {}}


def _handler(api: FaultyApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            kind = self.headers.get("Content-Type") or "application/json"
            status, found, retry_after = api.answer(self.command, self.path, body, kind)
            data = json.dumps(found).encode()
            self.send_response(status)
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815  the names that its base calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its base calls it so
            """Nothing: `failed` tells."""

    return Handler
