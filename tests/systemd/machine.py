"""A machine that systemd runs, in namespaces of its own: this machine's files, and nothing else of it.

    cgroup2: a group of its own ──▶ pid, mount, network, … namespaces ──▶ systemd as PID 1, no units

As in a container: it has its own /run, /proc and network, and its cgroups are those of version 2 alone.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

SYSTEMD: Final = Path("/lib/systemd/systemd")
_START_S_MAX: Final = 30.0
_OWN_CGROUP: Final = """set -e
mount -t cgroup2 cgroup2 /mnt
mkdir "/mnt/$1"
echo 0 > "/mnt/$1/cgroup.procs"
umount /mnt
exec unshare --cgroup --pid --uts --ipc --net --fork --kill-child /bin/sh -c "$2"
"""
_BOOT: Final = f"""set -e
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
for one in quiet sysinit basic shutdown; do
  printf '[Unit]\\nDefaultDependencies=no\\n' > /run/systemd/system/$one.target
done
exec env -i container=seatrial SYSTEMD_UNIT_PATH=/run/systemd/system PATH="$PATH" \
  {SYSTEMD} --system --unit=quiet.target --log-target=console --show-status=no
"""
_CLEAR: Final = """set -e
mount -t cgroup2 cgroup2 /mnt
[ ! -d "/mnt/$1" ] || find "/mnt/$1" -depth -type d -exec rmdir {} +
"""


class NoSystemd(Exception):
    """Why there can be none here."""


@dataclass
class Machine:
    """One that is up."""

    pid: int
    """Of its systemd, as it is known outside."""

    def run(self, *line: str, timeout_s: float, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A program in it, on the same files, with our environment and this."""
        return subprocess.run(
            ["nsenter", f"--target={self.pid}", "--all", f"--wd={Path.cwd()}", *line],
            env={**os.environ, **environment},
            timeout=timeout_s,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def systemd_machine() -> Iterator[Machine]:
    """For root; raises NoSystemd where none can be started."""
    cgroup = f"seatrial-test-{os.getpid()}"
    line = ["unshare", "--mount", "/bin/sh", "-c", _OWN_CGROUP, "sh", cgroup, _BOOT]
    with subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as top:
        try:
            yield _await_start(top)
        finally:
            top.kill()
            _clear(cgroup)


def _await_start(top: "subprocess.Popen[bytes]") -> Machine:
    deadline, never = time.monotonic() + _START_S_MAX, Event()
    said = ""
    while time.monotonic() < deadline and top.poll() is None:
        for pid in Path(f"/proc/{top.pid}/task/{top.pid}/children").read_text().split():
            done = Machine(int(pid)).run("systemctl", "is-system-running", timeout_s=10)
            if done.returncode == 0:
                return Machine(int(pid))
            said = done.stdout + done.stderr
        never.wait(0.1)
    top.kill()
    assert top.stderr is not None
    raise NoSystemd(f"systemd did not start: {top.stderr.read().decode()[-500:]} {said}")


def _clear(cgroup: str) -> None:
    """Its last processes may still be dying."""
    line = ["unshare", "--mount", "/bin/sh", "-c", _CLEAR, "sh", cgroup]
    for _ in range(100):
        if subprocess.run(line, capture_output=True, check=False).returncode == 0:
            return
        Event().wait(0.1)
    raise AssertionError(f"the cgroup {cgroup} is left")
