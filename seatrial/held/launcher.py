"""Run a program as a fault, or under one, and end it with all that it starts.

A script for `seatrial.held.hold`; its one argument is a `Launch` as JSON. Whatever the program leaves
without a parent becomes a child of this process, so that at its end nothing is left, whatever the end.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWTIME = 0x80
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Start it, tell, and wait for its end or one's own."""
    wanted = json.loads(sys.argv[1])
    _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, _end)
    if wanted["clock_ahead_s"] is not None:
        _shift_clocks(wanted["clock_ahead_s"])
    told, tell = os.pipe()  # closed by a program that could be started; a reason where it could not
    program = os.fork()
    if program == 0:
        _become(wanted, tell)
    os.close(tell)
    if reason := os.read(told, 2000):
        raise OSError(reason.decode())
    os.write(1, b"ready\n")
    _, status = os.waitpid(program, 0)
    _end_all()
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _become(wanted: dict[str, Any], tell: int) -> NoReturn:
    try:
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.chdir(wanted["directory"])
        os.execvpe(wanted["argv"][0], wanted["argv"], {**os.environ, **wanted["environment"]})
    except OSError as error:
        os.write(tell, f"{wanted['argv'][0]} cannot be started: {error.strerror}".encode())
    os._exit(127)


def _shift_clocks(ahead_s: float) -> None:
    """A time namespace for what is started from here on; this process itself stays where it is."""
    _call("unshare", CLONE_NEWTIME)
    seconds, rest = divmod(round(ahead_s * 10**9), 10**9)
    try:
        with open("/proc/self/timens_offsets", "w") as file:  # noqa: PTH123  pathlib would double the start-up
            file.write(f"monotonic {seconds} {rest}\nboottime {seconds} {rest}\n")
    except OSError as error:
        raise OSError(f"the kernel takes no offset of {ahead_s:g} s: {error.strerror}") from None


def _call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _end(*_: object) -> NoReturn:
    _end_all()
    os._exit(0)


def _end_all() -> None:
    """Kill children until there are none: those of a child that ends become ours."""
    never = threading.Event()
    while children := _children():
        for pid in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        never.wait(0.002)


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123  as above
        return [int(pid) for pid in file.read().split()]


if __name__ == "__main__":
    main()
