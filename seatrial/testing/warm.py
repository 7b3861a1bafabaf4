"""A warm Seatrial: everything is imported once, and each run is a fork of it, which costs a tenth of a start.

    Warm.start(argv) ──a socket, stdout, argv──▶ python -m seatrial.testing.warm ──fork──▶ run
                     ◀──pid, and at its end its status──┘

Only the runner is forked; it starts guardian, fuse and workers as ever.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from seatrial.pack import load_packs

_REQUEST_BYTES_MAX: Final = 2**17
_STATUS: Final = 4
SABOTEUR: Final = Path(__file__).parent / "saboteur"
_NEEDED: Final = (
    "anyio._backends._asyncio",
    "scipy.special",
    "seatrial.cli.app",
    "seatrial.cli.progress",
    "seatrial.files.experiment_file",
    "seatrial.plan.resolve",
    "seatrial.run.runner",
    "seatrial.toolkit.reading",
    "seatrial.verdict.latency",
    "seatrial.verdict.outcome",
    "seatrial.verdict.ratio",
    "seatrial.verdict.relative_latency",
    "seatrial.view",
)
"""What a run imports when it needs it."""


class WarmRun:
    """A forked run, with what `subprocess.Popen` has of it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = int.from_bytes(_exactly(line, _STATUS), "big")
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it goes on."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("run", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def _look(self, timeout_s: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout_s)[0]:
            status = int.from_bytes(_exactly(self._line, _STATUS), "big")
            self.returncode = os.waitstatus_to_exitcode(status)
            self._line.close()
        return self.returncode


class Warm:
    """The process that runs are forked from; ends with `close`, and when this one does."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            line = [sys.executable, "-m", "seatrial.testing.warm", str(theirs.fileno())]
            self._process = subprocess.Popen(line, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def start(self, argv: Sequence[str], said: int, environment: Mapping[str, str]) -> WarmRun:
        """`seatrial ARGV` in a session of its own, which writes to the descriptor `said`."""
        ours, theirs = socket.socketpair()
        with theirs:
            request = json.dumps(
                {"argv": list(argv), "environment": dict(environment), "cwd": str(Path.cwd())}
            )
            socket.send_fds(self._ours, [request.encode()], [theirs.fileno(), said])
        return WarmRun(ours)

    def close(self) -> None:
        """End it; runs go on."""
        self._ours.close()
        self._process.wait()


def main() -> None:
    """Fork a run for every request, and tell of its end."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    wakes, wake = socket.socketpair()
    for one in (wakes, wake):
        one.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, _noticed)
    _import_all()
    lines: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([orders, wakes], [], [])
        if wakes in ready:
            wakes.recv(4096)
            _reap(lines)
        if orders in ready:
            message, descriptors, _, _ = socket.recv_fds(orders, _REQUEST_BYTES_MAX, 2)
            if not message:
                return
            line, said = socket.socket(fileno=descriptors[0]), descriptors[1]
            pid = os.fork()
            if pid == 0:
                for one in (orders, wakes, wake, line, *lines.values()):
                    one.close()
                _run(json.loads(message), said)
            os.close(said)
            line.sendall(pid.to_bytes(_STATUS, "big"))
            lines[pid] = line


def _noticed(number: int, frame: FrameType | None) -> None:
    """The wake-up descriptor tells."""


def _reap(lines: dict[int, socket.socket]) -> None:
    for pid in tuple(lines):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            with lines.pop(pid) as line:
                line.sendall(status.to_bytes(_STATUS, "big"))


def _run(request: dict[str, Any], said: int) -> None:
    """As `python -m seatrial ARGV` would; does not return."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(request["cwd"])
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.close(said)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["seatrial", *request["argv"]]
    sys.orig_argv[:] = [sys.executable, "-m", *sys.argv]
    runpy.run_path(str(SABOTEUR / "sitecustomize.py"))
    code: object = 70
    try:
        runpy.run_module("seatrial", run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _import_all() -> None:
    pack = load_packs()
    for name in _NEEDED:
        importlib.import_module(name)
    for report in pack.reports.values():
        report().warm()
    assert threading.active_count() == 1, "a fork would lack the other threads"
    gc.freeze()


def _exactly(line: socket.socket, size: int) -> bytes:
    data = line.recv(size, socket.MSG_WAITALL)
    assert len(data) == size, "the warm process died; its last words are above"
    return data


if __name__ == "__main__":
    main()
