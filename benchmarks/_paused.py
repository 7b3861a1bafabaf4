"""A process that faults are tried on, a service whose health is switched, and a run beside them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from seatrial.targets import process as processes

CHAOS = str(Path(sys.executable).parent / "chaos")


class Service:
    """`/health` says 200 until it is broken; `/slow` answers until it hangs."""

    def __init__(self) -> None:
        service = self
        self.broken = threading.Event()
        self.hangs = threading.Event()
        self.closed = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/slow" and service.hangs.is_set():
                    service.closed.wait()
                    return
                self.send_response(500 if self.path == "/health" and service.broken.is_set() else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(b"ok")

            def log_message(self, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def victim() -> Iterator[int]:
    """A process to be paused; it is ended in any case."""
    process = subprocess.Popen(["sleep", "600"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def is_paused(pid: int) -> bool:
    return processes.state(pid) in ("T", "t")


def await_paused(pid: int, wanted: bool, within_s: float) -> float | None:
    """CLOCK_MONOTONIC when it was so; None: not in time."""
    deadline, never = time.monotonic() + within_s, threading.Event()
    while time.monotonic() < deadline:
        if is_paused(pid) is wanted:
            return time.monotonic()
        never.wait(0.001)
    return None


@contextmanager
def chaos_run(
    folder: Path, experiment: dict[str, Any], options: Sequence[str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """`chaos run` in a session of its own, ended with all that it started."""
    path = folder / "experiment.json"
    path.write_text(json.dumps(experiment))
    command = [CHAOS, "--no-version-check", "--log-file", str(folder / "log"), "run", *options, str(path)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def quantiles(values: Sequence[float]) -> str:
    """p50 and p99, the latter the highest of fewer than 100."""
    ordered = sorted(values)
    if not ordered:
        return "- | -"
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"{ordered[len(ordered) // 2]:.2f} s | {p99:.2f} s"
