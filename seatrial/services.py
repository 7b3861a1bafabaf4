"""Services as their supervisor knows them: systemd, or supervisord, which runs anywhere."""

import re
import shlex
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from seatrial.errors import Retryable
from seatrial.model.base import Model
from seatrial.shell import Finished, run_line

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:@\\-]{0,255}$")]
"""Of one service; never a pattern, an option or a list."""
_SYSTEMD_RUNS: Final = Path("/run/systemd/system")
_LOOK_TIMEOUT_S: Final = 10.0


class Supervisor(StrEnum):
    """Who starts and stops a service."""

    SYSTEMD = "systemd"
    SUPERVISORD = "supervisord"


class Seen(Model):
    """A service at one moment."""

    running: bool
    state: str
    """In the words of the supervisor: `active (running)`, `STOPPED`."""
    pid: int | None = Field(default=None, gt=0)
    """Of its main process."""


class Service(Model):
    """One service, and who to ask about it."""

    name: Name
    supervisor: Supervisor
    config: Path | None = None
    """Of supervisord, where it is not the usual one."""

    def look(self) -> Seen | None:
        """As it is now; None where there is none of this name. Raises Retryable where nobody answers."""
        return self._look_systemd() if self.supervisor is Supervisor.SYSTEMD else self._look_supervisord()

    def run(self, verb: str, *options: str, timeout_s: float = _LOOK_TIMEOUT_S, mark: str = "") -> Finished:
        """`stop` or `start` it; returns when the supervisor says that it is done."""
        program = "systemctl" if self.supervisor is Supervisor.SYSTEMD else "supervisorctl"
        configured = ["-c", str(self.config)] if self.config is not None else []
        line = shlex.join([program, *configured, verb, *options, self.name])
        try:
            return run_line(line, timeout_s=timeout_s, mark=mark)
        except OSError as error:
            raise Retryable(f"no program can be started: {error.strerror}") from error

    def _look_systemd(self) -> Seen | None:
        said = self.run("show", "--property=LoadState,ActiveState,SubState,MainPID")
        if not said.ok:
            raise Retryable(f"systemctl: {said.describe()}")
        found = dict(line.split("=", 1) for line in said.stdout.splitlines() if "=" in line)
        if found.get("LoadState") == "not-found":
            return None
        active, pid = found.get("ActiveState", ""), int(found.get("MainPID", "0"))
        return Seen(running=active == "active", state=f"{active} ({found.get('SubState')})", pid=pid or None)

    def _look_supervisord(self) -> Seen | None:
        said = self.run("status")
        line = next(iter(said.stdout.splitlines()), "")
        if "no such process" in line:
            return None
        if found := re.match(r"^(\S+)\s+([A-Z]+)(?:\s+pid (\d+))?", line):
            return Seen(
                running=found[2] == "RUNNING", state=found[2], pid=int(found[3]) if found[3] else None
            )
        raise Retryable(f"supervisorctl: {said.describe()}")


def missing(supervisor: Supervisor) -> list[str]:
    """What this machine lacks to ask this supervisor."""
    if supervisor is Supervisor.SUPERVISORD:
        return [] if shutil.which("supervisorctl") else ["the program supervisorctl"]
    return [] if _SYSTEMD_RUNS.is_dir() else ["systemd as what runs this machine"]
