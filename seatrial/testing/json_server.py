"""A server of JSON on a free port of loopback: what the fakes of other people's APIs have in common."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple, Self

_POLL_S: Final = 0.05


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    """With its query."""
    body: Any
    """Parsed; None where there is none."""
    headers: Message
    """By name, however that is written."""


class Answer(NamedTuple):
    """What it is answered with."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class JsonServer(ABC):
    """Serves plain HTTP while it is open; implement `answer`."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL_S})

    @property
    def url(self) -> str:
        """Where it is: `http://127.0.0.1:40123`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """What a request is answered with; many may be asked at once, each in a thread of its own."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(server: JsonServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            answer = server.answer(Asked(self.command, self.path, body, self.headers))
            data = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815  the names that its base calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its base calls it so
            """Nothing: who answers knows what was asked."""

    return Handler
