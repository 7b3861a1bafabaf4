"""Trace a process. Arguments: its pid, its start in clock ticks, and `freeze` or `kill`.

freeze   every thread stops, and goes on when this process ends, whatever ends it: the kernel sees to that
kill     the kernel kills it when this process ends, which is at once; also pid 1 of a pid namespace, which
         hears no signal from inside
"""

import ctypes
import os
import signal
import sys

SEIZE, INTERRUPT, SETOPTIONS = 0x4206, 0x4207, 0x4200
EXITKILL = 1 << 20
"""Of linux/ptrace.h, the same on every architecture."""
ANY_THREAD = 0x40000000
"""__WALL of linux/wait.h: threads are waited for as well."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_LIBC.ptrace.restype = ctypes.c_long


def main() -> None:
    """Stop it, make sure that it is the one that is meant, tell, and hold or kill."""
    pid, ticks, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    stopped: set[int] = set()
    while new := _threads(pid) - stopped:  # others may be born until the last one has stopped
        for thread in new:
            _ptrace(SEIZE, thread)
            _ptrace(INTERRUPT, thread)
        stopped |= new
        for thread in new:
            os.waitpid(thread, ANY_THREAD)
    if _start_ticks(pid) != ticks:
        raise ProcessLookupError(f"pid {pid} has ended, and its pid is another's now")
    if what == "kill":
        _ptrace(SETOPTIONS, pid, EXITKILL)
    os.write(1, b"ready\n")
    while what == "freeze":
        _see_it_end()


def _see_it_end() -> None:
    """Whoever else kills it waits for its tracer to take notice."""
    try:
        os.waitpid(-1, ANY_THREAD)
    except ChildProcessError:
        signal.pause()


def _threads(pid: int) -> set[int]:
    return {int(name) for name in os.listdir(f"/proc/{pid}/task")}


def _start_ticks(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123  pathlib would double the start-up
        return file.read().rpartition(")")[2].split()[19]


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _LIBC.ptrace(request, pid, None, data) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"process {pid} cannot be traced: {os.strerror(number)}")


main()
