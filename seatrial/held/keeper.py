"""One process that holds a fault: it waits for the word, arms its own end, and runs a script.

Run by `seatrial.held.hold` as
`python -I -S keeper.py seatrial-held MARK COPIES ENDS_AT_S OWNER SCRIPT ARGUMENT...`; OWNER is the pid that
it ends with, or 0.
Nothing of Seatrial is imported here, so that it is ready within some milliseconds and costs little.

    hand ──"go"──▶ keeper ──▶ copies, each with its own alarm ──▶ SCRIPT
         ◀─lines──         "here", then "ready" from each copy, or "failed REASON"
"""

import os
import runpy
import signal
import sys
import time

HERE = b"here\n"
READY = b"ready\n"
FAILED = b"failed "
GO = b"g"
_ADOPTED_WITHIN_MS = 2000
_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of linux/prctl.h."""


def main() -> None:
    """Detach, wait to be told to begin, and hold."""
    copies, ends_at_s, owner = int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    if os.fork():
        os._exit(0)  # what holds a fault is nobody's child, so nobody has to reap it
    if owner:
        _die_with(owner)
    os.write(1, HERE)
    if os.read(0, 1) != GO:
        return  # who started this has died before the fault could be found by its mark
    first = os.getpid()
    for _ in range(copies - 1):
        if os.fork() == 0:
            if owner:
                _die_with(first)
            break
    _end_by_itself(ends_at_s)
    _be_first_to_go()
    del sys.argv[:6]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except Exception as error:  # noqa: BLE001  whatever it is, it is told to who waits for `ready`
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        os.write(1, FAILED + reason.encode()[:2000] + b"\n")


def _die_with(parent: int) -> None:
    """The kernel kills this process with its parent, which is to be this one."""
    import ctypes
    import select

    for _ in range(_ADOPTED_WITHIN_MS):  # where the one that forked this one has not ended yet
        if os.getppid() == parent:
            break
        select.select((), (), (), 0.001)
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it has died before


def _end_by_itself(ends_at_s: float) -> None:
    """The kernel ends this process at that monotonic time, whatever it is doing then."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(0.001, ends_at_s - time.monotonic()))


def _be_first_to_go() -> None:
    """Where memory runs out, the kernel takes this process before any other."""
    with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123  pathlib would double the start-up
        file.write("1000")


if __name__ == "__main__":
    main()
