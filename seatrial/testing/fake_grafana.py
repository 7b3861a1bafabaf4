"""The annotations of a Grafana on loopback, as its HTTP API documents them: what it would refuse is refused.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

import http.server
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_OF_PATCH: dict[str, type] = {"text": str, "tags": list, "time": int, "timeEnd": int}
_OF_POST: dict[str, type] = {**_OF_PATCH, "dashboardId": int, "dashboardUID": str, "panelId": int}


@dataclass
class FakeGrafana:
    """Use it as a context; `url` and `annotations` are there within."""

    token: str
    """Of the service account that alone may ask."""
    annotations: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By id, as they are now."""
    refused: list[str] = field(default_factory=list)
    """What was answered to requests that were not right."""

    def __enter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, body: bytes, authorization: str) -> tuple[int, Any]:
        """Status and what is told."""
        if authorization != f"Bearer {self.token}":
            return 401, {"message": "Unauthorized"}
        where = urlsplit(target)
        one = re.fullmatch(r"/api/annotations/(\d+)", where.path)
        if method == "GET" and where.path == "/api/annotations":
            return 200, self._found(parse_qs(where.query))
        if method == "POST" and where.path == "/api/annotations":
            return self._make(json.loads(body))
        if method == "PATCH" and one is not None:
            return self._change(int(one[1]), json.loads(body))
        return 404, {"message": "Not found"}

    def _found(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = set(query.get("tags", ()))
        found = [
            {"id": i, **one} for i, one in self.annotations.items() if wanted <= set(one.get("tags", ()))
        ]
        return found[-int(query.get("limit", ["100"])[0]) :]

    def _make(self, given: dict[str, Any]) -> tuple[int, Any]:
        if not given.get("text"):
            return 400, {"message": "Failed to save annotation"}
        if wrong := _wrong(given, _OF_POST):
            return 400, {"message": f"bad request data: {wrong}"}
        made = len(self.annotations) + 1
        self.annotations[made] = {"timeEnd": given.get("time"), **given}
        return 200, {"message": "Annotation added", "id": made}

    def _change(self, number: int, given: dict[str, Any]) -> tuple[int, Any]:
        if number not in self.annotations:
            return 404, {"message": "Annotation not found"}
        if wrong := _wrong(given, _OF_PATCH):
            return 400, {"message": f"bad request data: {wrong}"}
        self.annotations[number] |= given
        return 200, {"message": "Annotation patched"}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        grafana = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                said = self.headers.get("Authorization", "")
                status, told = grafana.answer(self.command, self.path, body, said)
                if status >= 400:
                    grafana.refused.append(f"{status} {told['message']}")
                text = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PATCH(self) -> None:
                self._answer()

            def log_message(self, *_: Any) -> None:
                """Nothing to be told."""

        return Handler


def _wrong(given: dict[str, Any], known: dict[str, type]) -> str:
    for key, value in given.items():
        if key not in known or not isinstance(value, known[key]):
            return f"{key} is {value!r}"
    return ""
