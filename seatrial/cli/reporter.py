"""A process that makes the reports of a command's runs: what they need is imported in nobody's way.

    runner ─fork─▶ reporter: imports views and templates, and waits
       ├─ all of a run is in its journal, but for its end ─▶ reads it
       ├─ its end too ─▶ makes the reports
       └─ waits for them

An experiment may be over in a tenth of a second, and these imports take as long. Only to be forked before the
runner has a second thread. It ends with the runner.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from seatrial.crew.forks import close_all_but
from seatrial.errors import Refused
from seatrial.journal.entries import Entry, RunEnded, RunStarted
from seatrial.journal.reader import Journal
from seatrial.journal.script_entries import ScriptEnded
from seatrial.pack import load_reports
from seatrial.record import record_of
from seatrial.report import Report
from seatrial.store import Run

_ORDER_BYTES_MAX = 16384
_LOOK, _MAKE = b"l", b"m"
_MADE = b"made"
NAME = "seatrial-report"
"""Of its process, for whoever asks the kernel."""
_NICE = 5
"""On a machine with few cores its imports shall not hold up runner and worker."""


class Reporter:
    """The runner's end of it. Use `open_reporter`."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._folder = Path()
        self._is_asked = False

    def follow(self, store: Path, entry: Entry) -> None:
        """One more entry of a journal: the last two are the signs to look at it, and to make the reports."""
        if isinstance(entry, RunStarted):
            self._folder = store / entry.run_id
        elif isinstance(entry, ScriptEnded):
            self._order(_LOOK)
        elif isinstance(entry, RunEnded):
            self._order(_MAKE)
            self._is_asked = True

    def _order(self, what: bytes) -> None:
        with contextlib.suppress(OSError):  # one that has died is noticed below
            self._link.sendall(what + os.fsencode(self._folder))

    def has_made_them(self) -> bool:
        """Wait for the reports of the run that has just ended; False where somebody else has to make them."""
        is_asked, self._is_asked = self._is_asked, False
        try:
            return is_asked and self._link.recv(len(_MADE)) == _MADE
        except OSError:
            return False


@contextmanager
def open_reporter() -> Iterator[Reporter]:
    """Start to import what reports need; raises Refused where no process can be made."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        pid = os.fork()
    except OSError as error:
        raise Refused(f"no process can be made: {error.strerror}", "nothing was touched") from None
    if pid == 0:
        _become_reporter(theirs)
    theirs.close()
    try:
        with ours:
            yield Reporter(ours)
    finally:
        os.kill(pid, signal.SIGKILL)  # it may still be at its imports
        os.waitpid(pid, 0)


def _become_reporter(link: socket.socket) -> NoReturn:
    try:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        Path("/proc/self/comm").write_text(NAME)
        close_all_but({1, 2, link.fileno()})  # or whoever waits for the end of a worker waited for this
        os.nice(_NICE)
        maker = _ready()
        while order := link.recv(_ORDER_BYTES_MAX):
            folder = Path(os.fsdecode(order[1:]))
            if order[:1] == _LOOK:
                maker.look(folder)
            else:
                maker.make(folder)
                link.send(_MADE)
    finally:
        os._exit(0)


@dataclass
class _Maker:
    """In its own process: makes the reports of the run in a folder."""

    reports: Mapping[str, type[Report]]
    seen: Journal | None = None

    def look(self, folder: Path) -> None:
        """All that can be done before the journal has its last line."""
        self.seen = Run(folder).journal()
        record_of(self.seen).verdict  # noqa: B018  what judging needs is built by that

    def make(self, folder: Path) -> None:
        from seatrial.cli.run import write_reports

        run = Run(folder)
        seen = self.seen if self.seen is not None and self.seen.path == run.journal_path else None
        write_reports(self.reports, record_of(seen.again() if seen else run.journal()), folder)


def _ready() -> _Maker:
    """With all that it needs imported."""
    from seatrial.run.warming import load_for, load_verdict

    load_verdict()
    reports = load_reports()
    load_for(reports.values())
    return _Maker(reports)
