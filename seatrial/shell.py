"""Shell lines that cannot outlive their caller, hang it, or fill its memory.

    caller ──▶ keeper (sh, a session of its own) ──▶ sh -c LINE ──▶ whatever LINE starts
       │          └─▶ watcher (sh): kills the whole process group when the lifeline ends
       └─── lifeline: a pipe whose other end only the caller holds; SIGKILL of the caller ends it too

What a line that succeeded left in the background is left alone: it may be the fault itself.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seatrial.targets import process as processes

OUTPUT_BYTES_MAX: Final = 16 * 1024
"""How much of the end of each stream is kept."""
_NAME: Final = "seatrial-keeper"
_PIPE_BYTES: Final = 64 * 1024

# The watcher gets the lifeline as descriptor 3, for a shell gives background jobs /dev/null as stdin.
_KEEPER: Final = """
exec 3<&0 </dev/null
( read -r _ <&3 || kill -KILL 0 ) >/dev/null 2>&1 & watcher=$!
exec 3<&-
/bin/sh -c "$1"; status=$?
kill -KILL $watcher; wait $watcher 2>/dev/null
exit $status
"""


@dataclass(frozen=True)
class Finished:
    """How a shell line ended."""

    status: int | None
    """The exit status (128 + n after signal n); None: it was killed at the timeout."""
    stdout: str
    """Its end, at most 16 KiB."""
    stderr: str
    """Its end, at most 16 KiB."""
    took_s: float

    @property
    def ok(self) -> bool:
        return self.status == 0

    def describe(self, lines: int = 5) -> str:
        """How it ended and the last lines that it said: `exit status 2: no such device`."""
        ending = f"no end within {self.took_s:.3g} s" if self.status is None else f"exit status {self.status}"
        said = [line.strip() for line in (self.stderr.strip() or self.stdout.strip()).splitlines()]
        return f"{ending}: {' / '.join(said[-lines:])}" if said else ending


def run_line(
    line: str,
    *,
    timeout_s: float,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    mark: str = "",
) -> Finished:
    """Run a line of /bin/sh to its end, in a process group of its own, with nothing on stdin.

    `environment` is added to this process' own. At the timeout, when it fails, and when the caller
    is interrupted or dies, the line ends with all that it started in its process group. `mark` is
    for `end_line`. A background process that is to stay must send its output elsewhere:
    `flood >/dev/null 2>&1 &`.

    Raises OSError where no process can be started or `directory` cannot be entered.
    """
    began = time.monotonic()
    lifeline, hold = os.pipe()
    try:
        with _start(line, mark, lifeline, environment, directory) as process:
            try:
                tails = _collect(process, began + timeout_s)
            finally:
                status = _end(process)
    finally:
        os.close(lifeline)
        os.close(hold)
    stdout, stderr = (bytes(tail).decode(errors="replace") for tail in tails)
    return Finished(status, stdout, stderr, time.monotonic() - began)


def end_line(mark: str, timeout_s: float = 2.0) -> bool:
    """Kill the lines that carry this mark, whoever started them; False when one outlasts the timeout.

    For an undo that follows a caller's death closely: what it undoes must not still be going on.
    """
    deadline = time.monotonic() + timeout_s
    keepers = [
        target.pid
        for target in processes.all_targets(lambda line: _NAME in line)
        if target.argv[3:4] == (_NAME,) and target.argv[5:] == (mark,)
    ]
    groups: set[int] = set()
    for pid in keepers:
        with suppress(ProcessLookupError, PermissionError):
            group = os.getpgid(pid)
            os.killpg(group, signal.SIGKILL)
            groups.add(group)
    members = processes.group_members(groups) if groups else []
    return all(processes.wait_until_gone(pid, deadline - time.monotonic()) for pid in members)


def _start(
    line: str, mark: str, lifeline: int, environment: Mapping[str, str] | None, directory: Path | None
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, _NAME, line, mark],
        stdin=lifeline,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        cwd=directory,
        start_new_session=True,
    )


def _collect(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[bytearray, bytearray]:
    """Read both streams, keeping their ends, until the keeper has exited or the deadline is there."""
    assert process.stdout is not None
    assert process.stderr is not None
    tails = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    exited = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            for descriptor in (exited, *tails):
                selector.register(descriptor, selectors.EVENT_READ)
            while exited in selector.get_map() and (left_s := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left_s):
                    if key.fd == exited or not _keep(tails[key.fd], key.fd):
                        selector.unregister(key.fd)
    finally:
        os.close(exited)
    for descriptor, tail in tails.items():  # said before the end, still in the pipe
        os.set_blocking(descriptor, False)
        with suppress(BlockingIOError):
            _keep(tail, descriptor)
    stdout, stderr = tails.values()
    return stdout, stderr


def _keep(tail: bytearray, descriptor: int) -> bool:
    """Read what is there and keep the end of it all; False at the end of the stream."""
    data = os.read(descriptor, _PIPE_BYTES)
    tail += data
    del tail[:-OUTPUT_BYTES_MAX]
    return bool(data)


def _end(process: "subprocess.Popen[bytes]") -> int | None:
    """The exit status, or None where it had to be ended; only one that ended well leaves anything."""
    seen = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if seen is None or (seen.si_code, seen.si_status) != (os.CLD_EXITED, 0):
        with suppress(ProcessLookupError):  # not reaped yet, so the group is still the one that we made
            os.killpg(process.pid, signal.SIGKILL)
    status = process.wait()
    if seen is None:
        return None
    return status if status >= 0 else 128 - status
