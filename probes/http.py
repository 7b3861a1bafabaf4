"""http: what a server answers to one request."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from anyio.to_thread import run_sync as to_thread

from seatrial.api import (
    NO_SCALAR,
    Answer,
    Field,
    HttpAccess,
    JsonValue,
    Measure,
    Pick,
    Probe,
    Reader,
    Reading,
    Scalar,
    Unanswered,
    Url,
    Value,
    as_scalar,
    fetch,
    field_validator,
    json_picker,
)

BODY_BYTES_MAX = 1024 * 1024


class Http(HttpAccess, Probe):
    """Sends one request each interval and reads status, latency and, if asked for, a part of the body.

    A server that refuses, hangs up, cannot be found or does not answer in time is a server that is
    seen to be unhealthy: `ok` is false, `status` is 0, and `latency` is missing. Redirects are not
    followed. The connection is kept from one reading to the next, so `latency` holds no handshake
    unless the server closes it.
    """

    name: ClassVar[str] = "http"
    shorthand: ClassVar[str | None] = "url"

    url: Url
    """The whole address: `http://127.0.0.1:8080/health`."""
    method: str = Field(default="GET", pattern=r"^[A-Z]{1,20}$")
    """GET, HEAD, POST or any other."""
    body: JsonValue = None
    """What is sent: a text as it stands, anything else as JSON. Name its type in `headers`."""
    json_path: str | None = None
    """Where in a JSON answer the quantity `body` stands, as a JSONPath: `$.queue.depth`."""

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        names = {"status": "", "latency": "ms", "ok": ""}
        return names if self.json_path is None else {**names, "body": ""}

    @field_validator("json_path")
    @classmethod
    def _is_a_path(cls, path: str | None) -> str | None:
        if path is not None:
            json_picker(path)
        return path

    async def read(self) -> Reading:
        async with self.reader() as read:
            return await read()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        pick = None if self.json_path is None else json_picker(self.json_path)
        async with self.client(self.url) as client:

            async def read() -> Reading:
                try:
                    answer = await fetch(
                        client,
                        self.url,
                        timeout_s=self.timeout,
                        bytes_max=BODY_BYTES_MAX,
                        method=self.method,
                        content=self._content(),
                    )
                except Unanswered as why:
                    return self._value(status=0, latency_ms=None, body=None, note=str(why))
                body, note = None, ""
                if pick is not None:  # a path such as `$..id` takes its time in a long body
                    body, note = await to_thread(_part, pick, answer, abandon_on_cancel=True)
                return self._value(status=answer.status, latency_ms=answer.latency_ms, body=body, note=note)

            yield read

    def _content(self) -> bytes | None:
        if self.body is None:
            return None
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    def _value(self, *, status: int, latency_ms: float | None, body: Scalar, note: str) -> Value:
        values: dict[str, Scalar] = {"status": status, "latency": latency_ms, "ok": 200 <= status < 400}
        if self.json_path is not None:
            values["body"] = body
        return Value(values=values, note=note)


def _part(pick: Pick, answer: Answer) -> tuple[Scalar, str]:
    """The first value that the path names, or None and why."""
    if answer.cut:
        return None, f"the body is longer than {BODY_BYTES_MAX // 1024} KiB"
    try:
        found = pick(json.loads(answer.content))
    except (ValueError, RecursionError):
        return None, "the body is not JSON"
    if not found:
        return None, "nothing in the body is at json_path"
    part = as_scalar(found[0])
    return part, "" if part is not None else f"at json_path is {NO_SCALAR}"
