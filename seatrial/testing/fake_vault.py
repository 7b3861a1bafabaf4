"""A HashiCorp Vault of secrets in memory: the key-value engine in both versions, tokens, and AppRole.

It speaks the part of Vault's HTTP API that reads secrets, over plain HTTP on a free port of loopback:
https://developer.hashicorp.com/vault/api-docs/secret/kv and .../auth/approle.

    with FakeVault({"shop/api": {"token": "s3cret"}}) as vault:
        ...                                   # a client with vault.url and vault.token, or with its AppRole
"""

import threading
from collections.abc import Mapping
from typing import Any, Final

from seatrial.testing.json_server import Answer, Asked, JsonServer

_DENIED: Final = Answer(403, {"errors": ["permission denied"]})
_NOT_FOUND: Final = Answer(404, {"errors": []})
_METADATA: Final = {
    "created_time": "2026-01-01T00:00:00Z",
    "deletion_time": "",
    "destroyed": False,
    "version": 1,
}


class FakeVault(JsonServer):
    """Secrets by path, under one mount. Wrong tokens are denied, as are wrong secrets of the role."""

    def __init__(
        self, secrets: Mapping[str, Mapping[str, Any]], *, kv_version: int = 2, mount: str = "secret"
    ) -> None:
        super().__init__()
        self.secrets = dict(secrets)
        self.token = "hvs.a-token-that-may-read"
        self.role_id = "a-role"
        self.role_secret = "the-secret-of-a-role"
        self.requests: list[str] = []
        """What was asked, in order: `GET /v1/secret/data/shop/api`."""
        self.kv_version = kv_version
        self._mount = mount
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """One after another, so that `requests` has them in their order."""
        with self._lock:
            return self._answered(asked)

    def _answered(self, asked: Asked) -> Answer:
        method, path = asked.method, asked.path
        self.requests.append(f"{method} {path}")
        if (method, path) in (("POST", "/v1/auth/approle/login"), ("PUT", "/v1/auth/approle/login")):
            return self._log_in(asked.body)
        if asked.headers.get("X-Vault-Token") != self.token:
            return _DENIED
        where = f"/v1/{self._mount}/" + ("data/" if self.kv_version == 2 else "")
        found = self.secrets.get(path.removeprefix(where)) if path.startswith(where) else None
        if method != "GET" or found is None:
            return _NOT_FOUND
        data = {"data": found, "metadata": _METADATA} if self.kv_version == 2 else found
        return Answer(200, _reply(data=data))

    def _log_in(self, body: Any) -> Answer:
        if body != {"role_id": self.role_id, "secret_id": self.role_secret}:
            return Answer(400, {"errors": ["invalid role or secret ID"]})
        auth = {"client_token": self.token, "policies": ["default"], "lease_duration": 60, "renewable": True}
        return Answer(200, _reply(auth=auth))


def _reply(**given: Any) -> dict[str, Any]:
    """The frame of every answer."""
    empty = {"data": None, "auth": None, "wrap_info": None, "warnings": None}
    return {"request_id": "1", "lease_id": "", "renewable": False, "lease_duration": 0, **empty, **given}
