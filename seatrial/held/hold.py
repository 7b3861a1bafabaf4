"""Start, find and end the processes that hold a fault.

    hold(mark, script) ──▶ keeper ══▶ SCRIPT, in a session of its own, with the mark in its command line
                              │          └─▶ what it starts, with the mark in its environment
                              └─ ends by itself at an absolute time, also when nobody is left to end it

The fault begins only after the keeper can be found by its mark: where the caller dies before that,
nothing begins at all.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from seatrial.errors import Fatal, Retryable
from seatrial.held import keeper
from seatrial.targets import process as processes
from seatrial.targets.target import ProcessTarget

_NAME: Final = "seatrial-held"
_KEEPER: Final = Path(keeper.__file__)
_LINE_BYTES_MAX: Final = 4096
_VARIABLE: Final = "SEATRIAL_HELD"
_CHILD_SUBREAPER: Final = 36
"""PR_SET_CHILD_SUBREAPER of linux/prctl.h."""


def hold(
    mark: str,
    script: Path,
    *arguments: str,
    ends_in_s: float,
    copies: int = 1,
    ready_within_s: float = 5.0,
    told: str = "",
    dies_with_caller: bool = False,
) -> None:
    r"""Run a Python script in processes that outlive this one; returns once every copy is ready.

    The script sees only the standard library, and its `arguments` as `sys.argv[1:]`; what it is `told`
    it reads from its stdin, where no other user sees it, as one can see arguments. It says that the
    fault is there by `os.write(1, b"ready\n")` and prints nothing else; an exception before that is
    why there is none. Each copy ends at the latest after `ends_in_s` seconds, and `end_held(mark)`
    ends all of them from any process. With `dies_with_caller` the kernel kills them when this process
    ends; call it from the main thread then. What loses its parent below it becomes its child from then on.

    Raises Fatal where the script fails, or is not ready in time, and Retryable where no process can
    be started.
    """
    ends_at_s = time.monotonic() + ends_in_s
    owner = _adopt() if dies_with_caller else 0
    line = [sys.executable, "-I", "-S", str(_KEEPER), _NAME, mark]
    line += [str(copies), repr(ends_at_s), str(owner), str(script)]
    try:
        starter = subprocess.Popen(
            [*line, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={**os.environ, _VARIABLE: mark},
        )
    except OSError as error:
        raise Retryable(f"no process can be started: {error.strerror}") from error
    with starter:
        failure = _begin(starter, told.encode(), copies, time.monotonic() + ready_within_s)
    if failure:
        end_held(mark)
        raise Fatal(failure)


def held(mark: str) -> list[ProcessTarget]:
    """The processes that hold this fault now, stopped ones too, and all that they have started."""
    found = processes.with_environment(f"{_VARIABLE}={mark}")
    return [target for pid in found if (target := processes.as_target(pid)) is not None]


def end_held(mark: str, timeout_s: float = 2.0) -> bool:
    """Kill what holds this fault, whoever started it, and wait; False when some outlasts the timeout.

    Right also when there is nothing, and from several processes at once.
    """
    deadline = time.monotonic() + timeout_s
    while found := held(mark):
        pids = _kill(found)
        if not all(processes.wait_until_gone(pid, deadline - time.monotonic()) for pid in pids):
            return False
        if time.monotonic() > deadline:
            return False
    return True


def _adopt() -> int:
    """From now on what is left without a parent below this process becomes its child; its pid."""
    import ctypes

    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    return os.getpid()


def _kill(found: list[ProcessTarget]) -> list[int]:
    """SIGKILL to all of them, and to their sessions, for a program may overwrite its environment."""
    sessions: set[int] = set()
    for one in found:
        with suppress(ProcessLookupError, PermissionError):
            sessions.add(os.getsid(one.pid))
    pids = sorted({*processes.session_members(sessions), *(one.pid for one in found)})
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return pids


def _begin(starter: "subprocess.Popen[bytes]", told: bytes, copies: int, deadline: float) -> str:
    """Give the word once the keeper can be found, and wait for its copies; why not, or an empty text."""
    going, lines = starter.stdin, starter.stdout
    assert going is not None
    assert lines is not None
    if _read_line(lines, deadline) != keeper.HERE:
        return "the process that was to hold the fault did not start"
    with suppress(BrokenPipeError):  # then it ended meanwhile, which shows at once
        going.write(keeper.GO + told)
        going.close()
    for _ in range(copies):
        line = _read_line(lines, deadline)
        if line.startswith(keeper.FAILED):
            return line[len(keeper.FAILED) :].decode(errors="replace").strip()
        if line != keeper.READY:
            return (
                "what was to hold the fault ended"
                if not line
                else "what holds the fault was not ready in time"
            )
    return ""


def _read_line(lines: IO[bytes], deadline: float) -> bytes:
    """A line; nothing at the end of the stream; one without its end when the time is over."""
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(lines, selectors.EVENT_READ)
        while not line.endswith(b"\n") and len(line) < _LINE_BYTES_MAX:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return bytes(line) or b"(nothing)"
            byte = os.read(lines.fileno(), 1)  # lines of several copies may stand in the pipe
            if not byte:
                return b""
            line += byte
    return bytes(line)
