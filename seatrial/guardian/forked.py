"""A guardian forked out of the runner itself: everything is imported, so it is ready in no time.

Only before the runner has a second thread. It waits to be told of its run; where that never comes, it ends.
"""

import contextlib
import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from seatrial.crew.forks import close_all_but
from seatrial.guardian.watch import guard
from seatrial.pack import Pack
from seatrial.store import Run
from seatrial.targets.process import this_process

_PATH_BYTES_MAX = 16384


@dataclass(eq=False)
class Begun:
    """A guardian that is about to be ready."""

    pid: int
    link: socket.socket
    fuse_pipe: tuple[int, int]
    is_assigned: bool = False

    def assign(self, run: Run) -> None:
        """Tell it whose run it guards."""
        self.is_assigned = True
        with contextlib.suppress(OSError):  # one that died is noticed where it is waited for
            self.link.sendall(str(run.folder).encode() + b"\n")

    def dismiss(self) -> None:
        """It is not needed: it ends. Nothing, where it has a run by now."""
        if not self.is_assigned:
            self.link.close()
            for descriptor in self.fuse_pipe:
                os.close(descriptor)
            os.waitpid(self.pid, 0)


def fork_guardian(crew_pipe: tuple[int, int], pack: Pack) -> Begun | None:
    """None where the guardian needs a scope of its own, which only another program gets."""
    if Path("/run/systemd/system").is_dir():
        return None
    runner = this_process()
    ours, theirs = socket.socketpair()
    fuse_pipe = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            close_all_but({0, 1, 2, theirs.fileno(), crew_pipe[0], *fuse_pipe})
            folder = _line(theirs)
            if folder:
                run = Run(Path(folder))
                guard(run, runner, pack, link=theirs, crew_pipe=crew_pipe[0], fuse_pipe=fuse_pipe)
        finally:
            os._exit(0)
    theirs.close()
    return Begun(pid, ours, fuse_pipe)


def _line(link: socket.socket) -> str:
    """Byte by byte: what comes after it is for the guardian to read."""
    read = b""
    while len(read) < _PATH_BYTES_MAX and (byte := link.recv(1)) not in (b"", b"\n"):
        read += byte
    return read.decode()
