"""A network namespace with a server in it stands for a pod, a process in it for an agent.

The server is pid 1 of a pid namespace, as the main process of a container is; an agent has a pid namespace
of its own, or shares the server's, as an ephemeral container with a target does.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PORT = 8000
SERVES = """
import http.server, subprocess
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "5"); self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600m", "data", "/mnt"], stderr=subprocess.DEVNULL)
print("ready", flush=True)
server.serve_forever()
"""
ASKS = """
import http.client, sys, time
while True:
    began = time.monotonic()
    try:
        line = http.client.HTTPConnection(sys.argv[1], 8000, timeout=0.3)
        line.request("GET", "/")
        said = line.getresponse().status
        line.close()
    except OSError as error:
        said = type(error).__name__
    print(began, said, time.monotonic() - began, flush=True)
    time.sleep(0.01)
"""


@dataclass
class Pod:
    """What tests know of it."""

    namespace: str
    main: int
    """The pid of its server, as seen from outside."""

    @property
    def around(self) -> list[str]:
        """What runs a program as a container of its own in the pod."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *OWN_PIDS]

    @property
    def inside(self) -> list[str]:
        """What runs a program with the server as its target container."""
        return ["nsenter", f"--target={self.main}", "--net", "--pid", "unshare", "--mount-proc"]


OWN_PIDS = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


@contextmanager
def pod(
    namespace: str, *how: str, serves: Sequence[str] = (sys.executable, "-S", "-c", SERVES)
) -> Iterator[Pod]:
    """A server in that network namespace; `how` runs it: as another user."""
    line = ["nsenter", f"--net=/run/netns/{namespace}", *OWN_PIDS, *how, *serves]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as unshare:
        assert unshare.stdout is not None
        assert unshare.stdout.readline() == b"ready\n"
        found = Pod(namespace, child_of(unshare.pid))
        try:
            yield found
        finally:
            with suppress(ProcessLookupError):
                os.kill(found.main, signal.SIGKILL)


def child_of(pid: int) -> int:
    """The only child of a process."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


class Agent:
    """A running agent; it gets no heartbeat but those that are sent."""

    def __init__(self, how: Sequence[str], order: dict[str, Any] | str) -> None:
        text = order if isinstance(order, str) else json.dumps(order)
        self.lease = "" if isinstance(order, str) else order["lease"]
        line = [*how, sys.executable, "-m", "seatrial.agent", text]
        self.runs = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=0
        )
        self._beating = threading.Event()

    def hears(self, event: str) -> dict[str, Any]:
        """The next line, which is this event."""
        assert self.runs.stdout is not None
        line = self.runs.stdout.readline()
        assert line, f"it ended instead of telling {event!r}: {self.runs.communicate()}"
        told: dict[str, Any] = json.loads(line)
        assert told["event"] == event, told
        return told

    def beat(self) -> None:
        """One heartbeat."""
        assert self.runs.stdin is not None
        self.runs.stdin.write("\n")
        self.runs.stdin.flush()

    def begins(self) -> dict[str, Any]:
        """Let the fault begin, and keep the heartbeats coming; what it told of it."""
        self.hears("prepared")
        self.beat()
        threading.Thread(target=self._keep_beating, daemon=True).start()
        return self.hears("ready")

    def falls_silent(self) -> None:
        """No heartbeat from now on, and the line stays open."""
        self._beating.set()

    def _keep_beating(self) -> None:
        with suppress(OSError, ValueError):
            while not self._beating.wait(0.5):
                self.beat()

    def hangs_up(self) -> None:
        """The end of the line."""
        self._beating.set()
        assert self.runs.stdin is not None
        self.runs.stdin.close()

    def pid(self) -> int:
        """Of the agent itself: what started it waits for it."""
        with suppress(ValueError):
            return child_of(self.runs.pid)
        return self.runs.pid

    def ends(self) -> int:
        """Its exit code."""
        return self.runs.wait(20)

    def clear(self) -> None:
        """Nothing is left of it."""
        self._beating.set()
        if self.runs.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid(), signal.SIGKILL)
        for stream in (self.runs.stdin, self.runs.stdout, self.runs.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        self.runs.wait()


def order(
    action: str,
    target: dict[str, Any],
    arguments: dict[str, Any] | None = None,
    *,
    lasts_s: float = 60,
    ttl_s: float = 5,
) -> dict[str, Any]:
    """Complete, under a lease of its own."""
    ends = datetime.now(UTC) + timedelta(seconds=lasts_s)
    given = {"action": action, "with": arguments or {}, "target": target, "ttl_s": ttl_s}
    return {**given, "lease": f"test-{uuid.uuid4().hex[:12]}", "not_after": ends.isoformat()}


@dataclass
class Client:
    """Asks the pod's server again and again, from another host."""

    answers: list[tuple[float, str, float]] = field(default_factory=list)
    """When it was asked (monotonic), what came, and after how many seconds."""

    def since(self, moment_s: float) -> list[tuple[float, str, float]]:
        return [one for one in tuple(self.answers) if one[0] >= moment_s]

    def becomes(self, well: bool, *, slower_than_s: float = 0.15, within_s: float = 8.0) -> float:
        """Wait until three in a row are well, or not; when the first of these was asked."""
        began, never = time.monotonic(), threading.Event()
        while time.monotonic() < began + within_s:
            found = self.since(began)
            fits = [(said == "200" and took < slower_than_s) is well for _, said, took in found]
            for at in range(len(found) - 2):
                if all(fits[at : at + 3]):
                    return found[at][0]
            never.wait(0.02)
        raise AssertionError(f"not in {within_s} s: {self.since(began)[-5:]}")


@contextmanager
def client(namespace: str, address: str) -> Iterator[Client]:
    """One, as long as the block runs."""
    line = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-S", "-c", ASKS, address]
    asking = Client()
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as runs:
        assert runs.stdout is not None
        reading = threading.Thread(target=_read, args=(runs.stdout, asking.answers))
        reading.start()
        try:
            yield asking
        finally:
            runs.kill()
            reading.join()


def _read(lines: Iterator[str] | Any, answers: list[tuple[float, str, float]]) -> None:
    for line in lines:
        with suppress(ValueError):
            began, said, took = line.split()
            answers.append((float(began), said, float(took)))
