"""In the pod: unpacks the bundle, runs the experiment, and writes what happens as numbered lines.

Run as `python -m seatrial.in_cluster.pod`. A line says one of

    {"seq", "say"}         what `seatrial run` says to people
    {"seq", "run", "z"}    a piece of the journal of a run, compressed as one stream
    {"seq", "exit"}        the exit code, last of all
"""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from seatrial.in_cluster.bundle import unpack
from seatrial.in_cluster.job import BUNDLE, FOLDER, ORDER, TRIALS, RunOrder
from seatrial.store import JOURNAL_NAME

_LOOK_EVERY_S: Final = 0.25
"""A file that grows sends no event that all file systems of pods carry."""
_PIECE_BYTES: Final = 6000
"""A line stays below the 16 KiB at which container runtimes break lines."""


class Lines:
    """Numbered lines on the pod's log."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._next = 0
        self._turn = threading.Lock()

    def write(self, **said: Any) -> None:
        """One line, whole, whoever else writes."""
        with self._turn:
            line = json.dumps({"seq": self._next, **said}, separators=(",", ":"))
            self._out.write(line.encode() + b"\n")
            self._out.flush()
            self._next += 1


class Journals:
    """What the journals below a folder have grown by since the last look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, int] = {}
        self._packers: dict[str, zlib._Compress] = {}

    def news(self) -> Iterator[tuple[str, str]]:
        """Run and piece, in order."""
        for path in sorted(self._folder.glob(f"*/{JOURNAL_NAME}")):
            run = path.parent.name
            with path.open("rb") as file:
                file.seek(self._read.get(run, 0))
                fresh = file.read()
            if not fresh:
                continue
            self._read[run] = self._read.get(run, 0) + len(fresh)
            packer = self._packers.setdefault(run, zlib.compressobj(9))
            whole = packer.compress(fresh) + packer.flush(zlib.Z_SYNC_FLUSH)
            for at in range(0, len(whole), _PIECE_BYTES):
                yield run, base64.b64encode(whole[at : at + _PIECE_BYTES]).decode()


def main() -> int:
    """Run it; the exit code is that of the experiment."""
    lines = Lines(sys.stdout.buffer)
    order = RunOrder.model_validate_json((FOLDER / ORDER).read_bytes())
    unpack((FOLDER / BUNDLE).read_bytes(), TRIALS)
    runs = TRIALS / "runs"
    process = subprocess.Popen(
        [sys.executable, "-m", "seatrial", "run", order.file, "--runs", str(runs), *order.arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=TRIALS,
        env={**os.environ, **order.environment, "PYTHONUNBUFFERED": "1"},
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: process.send_signal(got))
    journals = Journals(runs)
    ended = threading.Event()
    teller = threading.Thread(target=_tell_journals, args=(journals, lines, ended))
    teller.start()
    assert process.stdout is not None
    for line in process.stdout:
        lines.write(say=line.decode(errors="replace").rstrip("\n"))
    code = process.wait()
    ended.set()
    teller.join()
    lines.write(exit=code)
    return code


def _tell_journals(journals: Journals, lines: Lines, ended: threading.Event) -> None:
    is_last = False
    while not is_last:
        is_last = ended.wait(_LOOK_EVERY_S)
        with contextlib.suppress(OSError):
            for run, piece in journals.news():
                lines.write(run=run, z=piece)


if __name__ == "__main__":
    sys.exit(main())
