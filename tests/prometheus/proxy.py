"""A real proxy before a real Prometheus that spoils its answers as it is told to."""

import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from tests.net.server import Server, reply, serving

Mood = Literal["well", "slow", "503", "cut", "partial", "warning", "stale", "empty", "nan"]


@dataclass
class Proxy:
    """Passes on what it is asked, and the answer in its present mood."""

    port: int
    """Of what is behind it."""
    mood: Mood = "well"
    server: Server = field(default_factory=Server)
    _last: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def answer(self, request: bytes) -> bytes | None:
        """None: it hangs."""
        if self.mood == "slow":
            return None
        if self.mood == "503":
            return reply("Service Unavailable", 503)
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        if self.mood == "stale" and body in self._last:
            return self._last[body]
        said = self._ask(method, path, body)
        self._last[body] = said
        return said

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        behind = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        behind.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        if self.mood == "cut":
            whole = reply(content, answer.status)
            return whole[: len(whole) - len(content) // 2]
        return reply(self._spoilt(content), answer.status)

    def _spoilt(self, content: bytes) -> bytes:
        told = json.loads(content)
        result = told["data"].get("result") if isinstance(told["data"], dict) else None
        if self.mood == "warning":
            told["warnings"] = ["store not reachable: part of the data is missing"]
        if isinstance(result, list) and self.mood == "partial":
            told["data"]["result"] = [one for one in result if one["metric"].get("instance") != "b"]
        if isinstance(result, list) and self.mood == "empty" and told["data"]["resultType"] == "matrix":
            told["data"]["result"] = []
        if isinstance(result, list) and self.mood == "nan":
            for one in result:
                for sample in one.get("values", [])[-1:]:
                    sample[1] = "NaN"
        return json.dumps(told).encode()


@asynccontextmanager
async def before(port: int) -> AsyncIterator[Proxy]:
    """A proxy before this port of 127.0.0.1."""
    proxy = Proxy(port)
    async with serving(proxy.answer) as server:
        proxy.server = server
        server.close_after_each = False
        yield proxy
