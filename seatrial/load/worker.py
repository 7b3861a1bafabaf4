"""A load worker for another machine's run: Locust's own worker, with the shim."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from seatrial.errors import InvalidInput
from seatrial.load.command import SHIM
from seatrial.load.wire import FD_VARIABLE

FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_worker(
    master: str, locustfile: Path | None = None, *, processes: int = 1, user_classes: tuple[str, ...] = ()
) -> int:
    """Serve the run whose master is at `host:port` until it ends; returns Locust's exit code.

    Without a Locust file the worker asks the master for it, which hands over that one file but none
    that it imports. The worker waits for the master for five minutes. Raises InvalidInput for an
    address that is none.
    """
    host, port = _address(master)
    with tempfile.TemporaryDirectory(prefix="seatrial-worker-") as folder:
        worker = subprocess.Popen(
            [*_argv(locustfile, host, port), "--processes", str(processes), *user_classes],
            stdin=subprocess.DEVNULL,
            cwd=locustfile.parent if locustfile is not None else None,
            env=_environment(folder),
        )
        with _signals_forwarded_to(worker):
            return worker.wait()


def _argv(locustfile: Path | None, host: str, port: int) -> list[str]:
    files = "-" if locustfile is None else f"{locustfile.resolve()},{SHIM}"
    argv = [sys.executable, "-m", "locust", "--locustfile", files, "--headless", "--worker"]
    return [*argv, "--master-host", host, "--master-port", str(port), "--exit-code-on-error", "0"]


def _environment(folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    # Locust puts the files from its master into the folder for temporary files, under their own names.
    return {**kept, "TMPDIR": folder, "PYTHONUNBUFFERED": "1", FD_VARIABLE: f"-1:-1:{os.getpid()}"}


def _address(master: str) -> tuple[str, int]:
    host, _, port = master.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise InvalidInput(f"{master!r} is not an address", hint="Write host:port, such as 10.0.0.7:5557.")
    return host.strip("[]"), int(port)


@contextmanager
def _signals_forwarded_to(worker: "subprocess.Popen[bytes]") -> Iterator[None]:
    def forward(number: int, _frame: FrameType | None) -> None:
        worker.send_signal(number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
