"""A headless Chromium, spoken to through a pipe: what it shows, complains of and asks the network for."""

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)


@dataclass
class Page:
    """What happened while a page was open."""

    browser: "Browser"
    session: str
    complaints: list[str] = field(default_factory=list)
    """Console messages, exceptions and log entries, such as a breach of the page's own policy."""
    requests: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> Any:
        return self.browser.call(method, parameters, self.session)

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def size(self, width: int, height: int = 900) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def media(self, media: str = "", scheme: str = "light") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def notice(self, method: str, said: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(said))


class Browser:
    """Commands and events are JSON, each ended by a zero byte."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._pending = b""
        self._number = 0
        self._pages: dict[str, Page] = {}
        self._fired: set[tuple[str, str]] = set()

    def open(self, path: Path) -> Page:
        """Show a file and wait until it is loaded."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call("Page.navigate", url=path.as_uri())
        while (session, "Page.loadEventFired") not in self._fired:
            self._take(self._message())
        return page

    def call(self, method: str, parameters: dict[str, Any], session: str | None = None) -> Any:
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        os.write(
            self._writing, json.dumps(command | ({"sessionId": session} if session else {})).encode() + b"\0"
        )
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        session, method = message.get("sessionId", ""), message.get("method", "")
        self._fired.add((session, method))
        if session in self._pages:
            self._pages[session].notice(method, message["params"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            piece = os.read(self._reading, 1 << 20)
            assert piece, "chromium has ended"
            self._pending += piece
        message, _, self._pending = self._pending.partition(b"\0")
        return dict(json.loads(message))


@contextmanager
def chromium(program: Path) -> Iterator[Browser]:
    """A browser of its own with an empty profile; nothing of it is left."""
    to_read, its_write = os.pipe()
    its_read, to_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        pid = _spawn([str(program), *FLAGS, f"--user-data-dir={profile}", "about:blank"], its_read, its_write)
        os.close(its_read)
        os.close(its_write)
        try:
            yield Browser(to_read, to_write)
        finally:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(to_read)
            os.close(to_write)


def _spawn(command: list[str], reading: int, writing: int) -> int:
    """Start a leader of its own group, which reads from 3 and writes to 4; returns its pid."""
    with Path(os.devnull).open("r+b", buffering=0) as nothing:
        return os.posix_spawn(
            command[0],
            command,
            os.environ,
            setpgroup=0,
            file_actions=[
                *((os.POSIX_SPAWN_DUP2, nothing.fileno(), standard) for standard in (0, 1, 2)),
                (os.POSIX_SPAWN_DUP2, reading, 103),  # first out of the way: either may be 3 or 4 itself
                (os.POSIX_SPAWN_DUP2, writing, 104),
                (os.POSIX_SPAWN_DUP2, 103, 3),
                (os.POSIX_SPAWN_DUP2, 104, 4),
                (os.POSIX_SPAWN_CLOSE, 103),
                (os.POSIX_SPAWN_CLOSE, 104),
            ],
        )
