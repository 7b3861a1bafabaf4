"""Processes as the kernel knows them: found by what they run, told apart by their start."""

import contextlib
import functools
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from seatrial.targets.target import ProcessTarget


@functools.cache
def boot_id() -> str:
    """Changes with every boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command: index 0 is the state, 19 the start time."""
    raw = Path(f"/proc/{pid}/stat").read_text()
    return raw[raw.rindex(")") + 2 :].split()


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
    """
    try:
        descriptor = os.pidfd_open(target.pid)
    except (ProcessLookupError, OSError):
        return False
    try:
        if not is_alive(target):
            return False
        import signal

        signal.pidfd_send_signal(descriptor, signal_number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def read_argv(pid: int) -> tuple[str, ...]:
    raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    return tuple(part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0") if raw)


def as_target(pid: int) -> ProcessTarget | None:
    """This pid as a target; None for kernel threads, zombies and what has gone."""
    try:
        argv, ticks, uid = read_argv(pid), start_ticks(pid), os.stat(f"/proc/{pid}").st_uid
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    if not argv or ticks is None:
        return None
    return ProcessTarget(pid=pid, start_ticks=ticks, boot_id=boot_id(), argv=argv, user=_user_name(uid))


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def all_targets() -> Iterator[ProcessTarget]:
    """Every process of this machine that has a command line, by pid."""
    for pid in sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        target = as_target(pid)
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


def twins(target: ProcessTarget) -> list[ProcessTarget]:
    """Other processes that run the very same command line as the same user."""
    return [
        other
        for other in all_targets()
        if other.argv == target.argv and other.user == target.user and other.identity != target.identity
    ]
