"""The annotations of a Grafana on loopback, as its HTTP API documents them: what it would refuse is refused.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from seatrial.testing.json_server import Answer, Asked, JsonServer

_OF_PATCH: dict[str, type] = {"text": str, "tags": list, "time": int, "timeEnd": int}
_OF_POST: dict[str, type] = {**_OF_PATCH, "dashboardId": int, "dashboardUID": str, "panelId": int}


class FakeGrafana(JsonServer):
    """Use it as a context; `url` and `annotations` are there within."""

    def __init__(self, token: str) -> None:
        """`token`: of the service account that alone may ask."""
        super().__init__()
        self.token = token
        self.annotations: dict[int, dict[str, Any]] = {}
        """By id, as they are now."""
        self.refused: list[str] = []
        """What was answered to requests that were not right."""

    def answer(self, asked: Asked) -> Answer:
        """As Grafana does."""
        status, told = self._answered(asked)
        if status >= 400:
            self.refused.append(f"{status} {told['message']}")
        return Answer(status, told)

    def _answered(self, asked: Asked) -> tuple[int, Any]:
        if asked.headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"message": "Unauthorized"}
        method, where = asked.method, urlsplit(asked.path)
        one = re.fullmatch(r"/api/annotations/(\d+)", where.path)
        if method == "GET" and where.path == "/api/annotations":
            return 200, self._found(parse_qs(where.query))
        if method == "POST" and where.path == "/api/annotations":
            return self._make(asked.body)
        if method == "PATCH" and one is not None:
            return self._change(int(one[1]), asked.body)
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


def _wrong(given: dict[str, Any], known: dict[str, type]) -> str:
    for key, value in given.items():
        if key not in known or not isinstance(value, known[key]):
            return f"{key} is {value!r}"
    return ""
