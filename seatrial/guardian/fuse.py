"""The fuse: a tiny process that waits for the worst, and then becomes a guardian.

    runner ──┐
             ├── one pipe ──▶ fuse       its end without a farewell: both of them are gone
    guardian ┘                           its time is over: both of them hang, or are stopped

It imports nothing of Seatrial, so that it costs next to nothing as long as it waits. Run as
`python -I -S fuse.py RUN PIPE CREW RUNNER GUARDIAN PACK...`; a process is written as `PID:START_TICKS`.
"""

import contextlib
import os
import select
import signal
import sys
import time

ARM = b"a"
"""With seconds: from now on every fault must be gone within this time."""
CALM = b"c"
"""Every fault is gone; there is no limit any more."""
QUIT = b"q"
"""The run is over."""


def watch(pipe: int) -> str | None:
    """Why a guardian is needed; None when the run ended well."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    deadline_s: float | None = None
    rest = b""
    while True:
        left_ms = None if deadline_s is None else max(0.0, deadline_s - time.monotonic()) * 1000
        if not poll.poll(left_ms):
            return "runner and guardian let the absolute limit pass"
        data = os.read(pipe, 4096)
        if not data:
            return "runner and guardian both died"
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line == QUIT:
                return None
            deadline_s = time.monotonic() + float(line[1:]) if line.startswith(ARM) else None


def end(process: str) -> None:
    """SIGKILL to this very process, should it still be there."""
    pid, _, ticks = process.partition(":")
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(int(pid))
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  pathlib would double the memory
            if file.read().rpartition(b")")[2].split()[19].decode() == ticks:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)


def main() -> None:
    """Wait; when it comes to the worst, become a guardian."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    folder, pipe, crew, runner, guardian, *packs = sys.argv[1:]
    reason = watch(int(pipe))
    if reason is None:
        return
    end(runner)
    end(guardian)
    os.set_inheritable(int(crew), True)
    os.execv(
        sys.executable, [sys.executable, "-m", "seatrial.guardian.successor", folder, crew, reason, *packs]
    )


if __name__ == "__main__":
    main()
