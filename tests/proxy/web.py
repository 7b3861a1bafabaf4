"""A small HTTP/1.1 server that tells what it was asked, and a client on one connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import h11

from tests.proxy.line import Client, Line, line


@dataclass
class Web:
    """What was asked of it, in order: method and target."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = h11.Connection(h11.SERVER)
        try:
            while await self._answer(talk, reader, writer):
                talk.start_next_cycle()
        except (OSError, h11.RemoteProtocolError):
            pass
        writer.close()

    async def _answer(
        self, talk: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request = await _next(talk, reader, writer)
        if not isinstance(request, h11.Request):
            return False
        size = 0
        while isinstance(event := await _next(talk, reader, writer), h11.Data):
            size += len(event.data)
        target = request.target.decode()
        self.asked.append((request.method.decode(), target))
        headers = {name.decode(): value.decode() for name, value in request.headers}
        told = {"target": target, "headers": headers, "size": size}
        body = bytes(int(target[5:])) if target.startswith("/big/") else json.dumps(told).encode()
        framing = (
            ("Transfer-Encoding", "chunked") if "chunked" in target else ("Content-Length", str(len(body)))
        )
        head = h11.Response(status_code=200, headers=[framing, ("X-Server", "web"), ("ETag", '"1"')])
        for part in (head, *(() if request.method == b"HEAD" else [h11.Data(data=body)]), h11.EndOfMessage()):
            writer.write(talk.send(part) or b"")
            await writer.drain()
        return talk.our_state is h11.DONE and talk.their_state is h11.DONE


async def _next(talk: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
    while (event := talk.next_event()) is h11.NEED_DATA:
        if talk.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
            writer.write(talk.send(go_on) or b"")
        talk.receive_data(await reader.read(65536))
    return event


@asynccontextmanager
async def web() -> AsyncIterator[tuple[Line, Web]]:
    """A line whose proxy reads HTTP, with this server at its end."""
    server = Web()
    async with line(server.serve, http=True) as there, asyncio.timeout(30):
        yield there, server


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> Any:
        return json.loads(self.body)


async def ask(
    client: Client, target: str = "/", method: str = "GET", body: bytes = b"", **headers: str
) -> Answer:
    """One request on a connection that stays, and its answer."""
    reader, writer = client
    talk = h11.Connection(h11.CLIENT)
    lines = [("Host", "web"), ("Content-Length", str(len(body)))] if body else [("Host", "web")]
    lines += [(name.replace("_", "-"), value) for name, value in headers.items()]
    for part in (
        h11.Request(method=method, target=target, headers=lines),
        h11.Data(data=body),
        h11.EndOfMessage(),
    ):
        writer.write(talk.send(part) or b"")
    answer: Answer | None = None
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65536)
            if not data:
                raise EOFError
            talk.receive_data(data)
        elif isinstance(event, h11.Response):
            answer = Answer(event.status_code, {n.decode(): v.decode() for n, v in event.headers}, b"")
        elif isinstance(event, h11.Data):
            assert answer is not None
            answer.body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert answer is not None
            assert talk.trailing_data[0] == b""
            return answer
