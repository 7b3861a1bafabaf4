"""A process that makes the reports of a run: what they need is imported beside it, and nobody waits for that.

    runner ─fork─▶ reporter: views, templates ─▶ waits
       └─ the run's end is in its journal ─▶ reads it ─▶ reports

An experiment may be over in a tenth of a second, and these imports take as long. Only to be forked before
the runner has a second thread; it ends with the runner.
"""

import contextlib
import os
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from seatrial.errors import Refused
from seatrial.journal.entries import Entry, RunEnded, RunStarted
from seatrial.store import Run, Store

_PATH_BYTES_MAX = 16384


@dataclass(eq=False)
class Reporter:
    """The runner's end of it. Use `fork_reporter`; `finish` once the run is over, however it ended."""

    pid: int
    link: socket.socket
    store: Store
    _run: Run | None = field(default=None, init=False)
    _was_asked: bool = field(default=False, init=False)

    def take(self, entry: Entry) -> None:
        """One more entry of the journal: its last one is the sign to begin."""
        if isinstance(entry, RunStarted):
            self._run = Run(self.store.root / entry.run_id)
        elif isinstance(entry, RunEnded) and self._run is not None:
            with contextlib.suppress(OSError):  # one that died is noticed by `finish`
                self.link.sendall(os.fsencode(self._run.folder))
            self._was_asked = True

    def finish(self) -> bool:
        """Wait for its end; True where it has made the reports."""
        self.link.close()
        if not self._was_asked:  # it may be in the middle of its imports
            os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1] == 0


def fork_reporter(store: Store) -> Reporter:
    """Start to import what reports need; raises Refused where no process can be made."""
    ours, theirs = socket.socketpair()
    try:
        pid = os.fork()
    except OSError as error:
        raise Refused(f"no process can be made: {error.strerror}", "nothing was touched") from None
    if pid == 0:
        _report(theirs)
    theirs.close()
    return Reporter(pid, ours, store)


def _report(link: socket.socket) -> NoReturn:
    """Exits with 0 where it has made them, whatever each of them came to."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        _close_others(link.fileno())
        from seatrial.cli.run import write_reports
        from seatrial.pack import load_reports
        from seatrial.record import record_of
        from seatrial.run.warming import load_for, load_verdict

        reports = load_reports()
        load_verdict()
        load_for(reports.values())
        if folder := link.recv(_PATH_BYTES_MAX):
            run = Run(Path(os.fsdecode(folder)))
            write_reports(reports, record_of(run.journal()), run.folder)
            status = 0
    finally:
        os._exit(status)


def _close_others(mine: int) -> None:
    """Whoever waits for the end of a worker, or of the runner, shall not wait for this process."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != mine:
            with contextlib.suppress(OSError):  # that of this very listing
                os.close(int(name))
