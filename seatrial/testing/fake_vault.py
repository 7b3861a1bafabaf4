"""A HashiCorp Vault of secrets in memory: the key-value engine in both versions, tokens, and AppRole.

It speaks the part of Vault's HTTP API that reads secrets, over plain HTTP on a free port of loopback:
https://developer.hashicorp.com/vault/api-docs/secret/kv and .../auth/approle.

    with FakeVault({"shop/api": {"token": "s3cret"}}) as vault:
        ...                                   # a client with vault.url and vault.token, or with its AppRole
"""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

Answer = tuple[int, dict[str, Any]]
_DENIED: Final[Answer] = 403, {"errors": ["permission denied"]}
_NOT_FOUND: Final[Answer] = 404, {"errors": []}
_METADATA: Final = {
    "created_time": "2026-01-01T00:00:00Z",
    "deletion_time": "",
    "destroyed": False,
    "version": 1,
}


class FakeVault:
    """Secrets by path, under one mount. Wrong tokens are denied, as are wrong secrets of the role."""

    def __init__(
        self, secrets: Mapping[str, Mapping[str, Any]], *, kv_version: int = 2, mount: str = "secret"
    ) -> None:
        self.secrets = dict(secrets)
        self.token = "hvs.a-token-that-may-read"
        self.role_id = "a-role"
        self.role_secret = "the-secret-of-a-role"
        self.requests: list[str] = []
        """What was asked, in order: `GET /v1/secret/data/shop/api`."""
        self.kv_version = kv_version
        self._mount = mount
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """What a client takes as VAULT_ADDR."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeVault":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, token: str, body: Any) -> Answer:
        """The status and the object that a request is answered with."""
        self.requests.append(f"{method} {path}")
        if (method, path) in (("POST", "/v1/auth/approle/login"), ("PUT", "/v1/auth/approle/login")):
            return self._log_in(body)
        if token != self.token:
            return _DENIED
        where = f"/v1/{self._mount}/" + ("data/" if self.kv_version == 2 else "")
        found = self.secrets.get(path.removeprefix(where)) if path.startswith(where) else None
        if method != "GET" or found is None:
            return _NOT_FOUND
        return 200, _reply(data={"data": found, "metadata": _METADATA} if self.kv_version == 2 else found)

    def _log_in(self, body: Any) -> Answer:
        if body != {"role_id": self.role_id, "secret_id": self.role_secret}:
            return 400, {"errors": ["invalid role or secret ID"]}
        auth = {"client_token": self.token, "policies": ["default"], "lease_duration": 60, "renewable": True}
        return 200, _reply(auth=auth)


def _reply(**given: Any) -> dict[str, Any]:
    """The frame of every answer."""
    empty = {"data": None, "auth": None, "wrap_info": None, "warnings": None}
    return {"request_id": "1", "lease_id": "", "renewable": False, "lease_duration": 0, **empty, **given}


def _handler(vault: FakeVault) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            with lock:
                token = self.headers.get("X-Vault-Token", "")
                status, answer = vault.answer(self.command, self.path, token, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815  the names that its base calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its base calls it so
            """Nothing: `requests` tells."""

    return Handler
