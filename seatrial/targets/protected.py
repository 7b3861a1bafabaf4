"""Processes that no fault may touch: they keep the machine going, reachable, or free of faults."""

from pathlib import PurePath
from typing import Final

from seatrial.targets.target import ProcessTarget

KEEP_THE_MACHINE: Final = frozenset(
    {"init", "systemd", "dbus-daemon", "dbus-broker", "udevd", "sshd", "agetty", "login"}
)
"""By the name of the program; all of systemd's own beside them."""
_OURS: Final = ("seatrial.guardian", "seatrial.crew", "guardian/fuse.py", "seatrial-held", "seatrial-keeper")


def why_protected(target: ProcessTarget) -> str | None:
    """Why this process is never to be hit, or None."""
    if target.pid == 1:
        return "pid 1 is what the machine stands on"
    # A session of sshd calls itself `sshd: user@pts/0`, and a login shell `-bash`.
    program = PurePath(target.argv[0].split(":")[0]).name.removeprefix("-")
    if program in KEEP_THE_MACHINE or program.startswith("systemd-"):
        return f"{program} keeps this machine going, or reachable"
    if any(ours in part for ours in _OURS for part in target.argv[:6]):
        return "it is part of a run of Seatrial, and may be what takes a fault away"
    return None
