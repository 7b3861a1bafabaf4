"""The first hand: started before anything else is imported here, for its imports take as long as ours."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_THEIRS: Final = re.compile(
    rb'^(method|steady-state-hypothesis|rollbacks):|"(method|steady-state-hypothesis|rollbacks)"\s*:',
    re.MULTILINE,
)


@dataclass(eq=False)
class Root:
    """A process that learns what there is to know, and then forks hands that know it."""

    pid: int
    stream: socket.socket
    control: socket.socket
    crew_pipe: tuple[int, int]
    """Its second end is open in every process of these workers: its end tells when all are gone."""
    is_closed: bool = False
    _ahead: dict[str, Any] | None = None

    def ask_ahead(self, request: dict[str, Any]) -> None:
        """Send what will be asked first: it is done while the runner does something else."""
        with contextlib.suppress(OSError):  # whoever asks in earnest hears of it
            self._send(request)
            self._ahead = request

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send a request, wait for the answer. Raises TimeoutError, and EOFError where it died."""
        give_up_s = time.monotonic() + timeout_s
        if request != self._ahead:
            self._send(request)
        self._ahead = None
        answer = bytearray()
        while not answer.endswith(b"\n"):
            self.stream.settimeout(max(0.001, give_up_s - time.monotonic()))
            piece = self.stream.recv(1 << 20)
            if not piece:
                raise EOFError("the worker process died")
            answer += piece
        return json.loads(answer)  # type: ignore[no-any-return]  # its form is the request's

    def _send(self, request: dict[str, Any]) -> None:
        self.stream.sendall(json.dumps(request).encode() + b"\n")

    def close(self) -> None:
        """End it, and with it every hand; nothing where that was done, for descriptors are used again."""
        if self.is_closed:
            return
        self.is_closed = True
        self.stream.close()
        self.control.close()
        for descriptor in self.crew_pipe:
            os.close(descriptor)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def start_root(held_open: Sequence[int] = ()) -> Root:
    """Raises OSError where no process can be started. `held_open`: descriptors that all of its hands keep."""
    return _root(lambda stream, control, kept: _started(stream, control, [kept, *held_open]))


def start_roots(paths: Sequence[Path]) -> dict[Path, Root]:
    """For every file that seems to be one of the Chaos Toolkit's, its root; it gets ready meanwhile.

    They are forked, where that is possible: a start of Python takes as long as half of its imports.
    """
    begin = _forked if threading.active_count() == 1 else _started
    roots: dict[Path, Root] = {}
    for path in paths:
        with contextlib.suppress(OSError):  # whoever reads the file in earnest tells of it
            if path.is_file() and _THEIRS.search(path.read_bytes()):
                roots[path] = _root(lambda stream, control, kept: begin(stream, control, [kept]))
    return roots


def _root(begin: Callable[[int, int, int], int]) -> Root:
    stream, stream_theirs = socket.socketpair()
    control, control_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pipe = os.pipe()
    with stream_theirs, control_theirs:
        try:
            pid = begin(stream_theirs.fileno(), control_theirs.fileno(), pipe[1])
        except OSError:
            for end in (stream, control):
                end.close()
            for descriptor in pipe:
                os.close(descriptor)
            raise
    return Root(pid, stream, control, pipe)


def _started(stream: int, control: int, kept: Sequence[int]) -> int:
    arguments = [sys.executable, "-m", "seatrial.toolkit.hand", str(stream), str(control)]
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, pass_fds=[stream, control, *kept])
    process.returncode = 0  # `close` waits for it
    return process.pid


def _forked(stream: int, control: int, kept: Sequence[int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        os.setsid()  # from here on no Ctrl-C is for it
        from seatrial.crew.forks import close_all_but
        from seatrial.toolkit.hand import learn_and_fork

        close_all_but({1, 2, stream, control, *kept})
        os.open(os.devnull, os.O_RDONLY)  # as its stdin, the lowest that is free
        learn_and_fork(stream, control, parent)
        status = 0
    except BaseException:  # noqa: BLE001  it must not go back to where it was forked
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(status)
