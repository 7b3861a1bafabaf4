"""What runs in the pods that are called from outside: each path needs another part of what a fault can take.

It is sent into the pod as text, and knows the standard library alone.
"""

import http.server
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

PROCESS = secrets.token_hex(4)
"""Another one after each restart."""
LARGE = b"x" * 64 * 1024
TAKES_BYTES = 48 * 2**20
ONE_AT_A_TIME = threading.Lock()
WORKS_S = 0.01
ASKS_WITHIN_S = 0.5


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers end with their connection."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = urllib.parse.urlsplit(self.path)
        wish = dict(urllib.parse.parse_qsl(asked.query))
        try:
            more = getattr(self, f"get_{asked.path.strip('/') or 'nothing'}")(**wish)
        except OSError as error:
            self.answer(502, {"error": str(error)})
        else:
            self.answer(200, more)

    def answer(self, status: int, more: dict[str, Any]) -> None:
        large = more.pop("large", b"")
        said = json.dumps({**who(), **more}).encode() + large
        self.send_response(status)
        if not self.path.startswith("/unsized"):
            self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Served-By", "web")
        self.end_headers()
        self.wfile.write(said)

    def get_nothing(self) -> dict[str, Any]:
        return {}

    def get_unsized(self) -> dict[str, Any]:
        """It is complete when the connection ends, and not before."""
        return {}

    def get_large(self) -> dict[str, Any]:
        return {"large": LARGE}

    def get_work(self) -> dict[str, Any]:
        until_s = time.thread_time() + WORKS_S
        while time.thread_time() < until_s:
            pass
        return {}

    def get_memory(self) -> dict[str, Any]:
        with ONE_AT_A_TIME:
            return {"took": len(b"\1" * TAKES_BYTES)}

    def get_store(self, folder: str) -> dict[str, Any]:
        """To the disk, not only to the kernel's memory."""
        file = Path(folder) / secrets.token_hex(8)
        try:
            with file.open("wb", buffering=0) as to:
                to.write(LARGE)
                os.fsync(to.fileno())
        finally:
            file.unlink(missing_ok=True)
        return {}

    def get_ask(self, host: str, port: str) -> dict[str, Any]:
        """A name is looked up anew each time; the way there has little time."""
        addresses = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)
        address = str(addresses[0][4][0])
        with socket.create_connection((address, int(port)), timeout=ASKS_WITHIN_S):
            return {"address": address}


class Server(http.server.ThreadingHTTPServer):
    """Many may wait to be accepted."""

    request_queue_size = 128


def who() -> dict[str, Any]:
    """Which pod, process, release and configuration answers."""
    told = Path("/config/greeting")
    return {
        "pod": os.uname().nodename,
        "process": PROCESS,
        "node": os.environ.get("NODE"),
        "version": os.environ.get("VERSION"),
        "greeting": os.environ.get("GREETING"),
        "file": told.read_text() if told.exists() else None,
    }


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Server(("", int(sys.argv[1])), Handler).serve_forever()
