"""Processes as the kernel knows them: found by what they run, told apart by their start."""

import contextlib
import functools
import os
import pwd
import select
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from seatrial.errors import Fatal, Retryable
from seatrial.targets.target import ProcessTarget

_READ_BYTES = 65536
_POLL_MS_MAX = 2**31 - 1
"""poll() refuses to wait for longer: 24 days."""


@functools.cache
def boot_id() -> str:
    """Changes with every boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command: index 0 is the state, 19 the start time."""
    raw = _read(pid, "stat")
    return raw[raw.rindex(b")") + 2 :].decode().split()


def _read(pid: int, name: str) -> bytes:
    """A file of /proc/PID; with bare calls, for a look at every process makes thousands of them."""
    descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, _READ_BYTES)
        while len(data) % _READ_BYTES == 0 and (more := os.read(descriptor, _READ_BYTES)):
            data += more
        return data
    finally:
        os.close(descriptor)


def start_ticks(pid: int) -> int | None:
    """When this process started, in clock ticks since boot; None when there is none (or a zombie)."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        fields = _stat_fields(pid)
        return None if fields[0] in "ZX" else int(fields[19])
    return None


def state(pid: int) -> str | None:
    """The state letter of /proc/PID/stat: `T` stopped, `S` sleeping, `Z` zombie; None: not there."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return _stat_fields(pid)[0]
    return None


def parent_pid(pid: int) -> int:
    return int(_stat_fields(pid)[1])


def is_alive(target: ProcessTarget) -> bool:
    """True while this very process runs: same boot, same pid, same start."""
    return target.boot_id == boot_id() and start_ticks(target.pid) == target.start_ticks


def send_signal(target: ProcessTarget, signal_number: int) -> bool:
    """Signal this very process and no successor of its pid; False when it is gone.

    A pidfd is opened before the identity is compared, so the pid cannot be reused in between.
    Raises Fatal where it is not allowed, and Retryable where this process is out of descriptors.
    """
    try:
        descriptor = os.pidfd_open(target.pid)
    except ProcessLookupError:
        return False
    except OSError as error:
        raise Retryable(f"{target.label} cannot be signalled now: {error.strerror}") from error
    try:
        if not is_alive(target):
            return False
        signal.pidfd_send_signal(descriptor, signal_number)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise Fatal(f"{target.label} belongs to user {target.user!r}: {error.strerror}") from error
    finally:
        os.close(descriptor)
    return True


def wait_until_gone(pid: int, timeout_s: float) -> bool:
    """Wait for the end of this pid's process, as an event; False when the time is over first.

    A process that has ended and was not reaped yet is gone.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ending = select.poll()
        ending.register(descriptor, select.POLLIN)
        return bool(ending.poll(min(max(0.0, timeout_s) * 1000, _POLL_MS_MAX)))
    finally:
        os.close(descriptor)


def wait_until_stopped(target: ProcessTarget, timeout_s: float) -> bool:
    """Wait until this very process is stopped; False when it goes or the time is over first.

    The kernel tells of another's child stopping to nobody, so this looks, ever less often.
    """
    deadline, pause_s, never = time.monotonic() + timeout_s, 0.0002, threading.Event()
    while is_alive(target):
        if state(target.pid) in ("T", "t"):
            return True
        if time.monotonic() >= deadline:
            return False
        never.wait(pause_s)
        pause_s = min(2 * pause_s, 0.05)
    return False


def with_environment(entry: str) -> list[int]:
    """The pids of all that began with this `NAME=value` in their environment, and may be asked."""
    wanted, found = entry.encode(), []
    for pid in _pids():
        with contextlib.suppress(OSError):
            if wanted in _read(pid, "environ").split(b"\0"):
                found.append(pid)
    return found


def group_members(groups: Collection[int]) -> list[int]:
    """The pids of these process groups, without zombies."""
    return _those_with(2, groups)


def session_members(sessions: Collection[int]) -> list[int]:
    """The pids of these sessions, without zombies."""
    return _those_with(3, sessions)


def _those_with(place: int, values: Collection[int]) -> list[int]:
    found = []
    for pid in _pids() if values else ():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = _stat_fields(pid)
            if fields[0] not in "ZX" and int(fields[place]) in values:
                found.append(pid)
    return found


def _pids() -> list[int]:
    return sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def read_argv(pid: int) -> tuple[str, ...]:
    raw = _read(pid, "cmdline")
    return tuple(part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0") if raw)


def as_target(pid: int, wanted: Callable[[str], bool] | None = None) -> ProcessTarget | None:
    """This pid as a target; None for kernel threads, zombies and what has gone.

    `wanted` is asked about its command line first, which spares the rest where most are not.
    """
    try:
        argv = read_argv(pid)
        if not argv or (wanted is not None and not wanted(" ".join(argv))):
            return None
        ticks = start_ticks(pid)
        uid = os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116  called a thousand times
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    if ticks is None:
        return None
    return ProcessTarget(pid=pid, start_ticks=ticks, boot_id=boot_id(), argv=argv, user=_user_name(uid))


@functools.lru_cache(maxsize=1024)
def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def all_targets(wanted: Callable[[str], bool] | None = None) -> Iterator[ProcessTarget]:
    """Every process of this machine that has a command line, and a wanted one, by pid."""
    for pid in _pids():
        target = as_target(pid, wanted)
        if target is not None:
            yield target


def own_family() -> set[int]:
    """This process and all above it: never a target of its own faults."""
    family, pid = set(), os.getpid()
    while pid > 0:
        family.add(pid)
        try:
            pid = parent_pid(pid)
        except (FileNotFoundError, ProcessLookupError):
            break
    return family


def missing_to_signal(target: ProcessTarget) -> list[str]:
    """What this process lacks to signal the target, in words; empty when it may."""
    try:
        os.kill(target.pid, 0)
    except PermissionError:
        return [f"to be root or user {target.user!r}, to signal {target.label}"]
    except ProcessLookupError:
        pass
    return []


def missing_to_trace(target: ProcessTarget) -> list[str]:
    """What this process lacks to trace the target, in words; asked by what takes the same right."""
    try:
        os.close(os.open(f"/proc/{target.pid}/mem", os.O_RDONLY | os.O_CLOEXEC))
    except PermissionError:
        rights = f"to be user {target.user!r} with no fewer capabilities, or CAP_SYS_PTRACE"
        return [f"{rights}, to trace {target.label}"]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return []


def twins(target: ProcessTarget) -> list[ProcessTarget]:
    """Other processes that run the very same command line as the same user."""
    return [
        other
        for other in all_targets(" ".join(target.argv).__eq__)
        if other.argv == target.argv and other.user == target.user and other.identity != target.identity
    ]


class Identity(NamedTuple):
    """A process, told apart from every later one with its pid."""

    pid: int
    start_ticks: int
    boot_id: str


def this_process() -> Identity:
    return identify(os.getpid())


def identify(pid: int) -> Identity:
    """A running process; raises ProcessLookupError where there is none."""
    ticks = start_ticks(pid)
    if ticks is None:
        raise ProcessLookupError(f"there is no process {pid}")
    return Identity(pid, ticks, boot_id())


def kill_group(leader: Identity) -> bool:
    """SIGKILL to a process group whose leader is known; False, and nothing done, where it is another's."""
    current = start_ticks(leader.pid)
    if leader.boot_id != boot_id() or current not in (leader.start_ticks, None):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)
    return True
