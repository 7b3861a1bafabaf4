"""command: a shell line that injects a fault, and the line that takes it away."""

import os
from pathlib import Path
from typing import Annotated, ClassVar

from seatrial.api import (
    Action,
    Duration,
    Fatal,
    Field,
    Finished,
    HostTarget,
    Lease,
    Model,
    Retryable,
    end_line,
    field_validator,
    run_line,
)

Line = Annotated[str, Field(min_length=1)]

LEASE = "SEATRIAL_LEASE"
_MARGIN_S = 3.0
"""For what a verb does beside its line: above all, ending a `run` that died half way."""


class Setting(Model):
    """Where the lines run: another process, later, must find the same files and programs."""

    lease: str
    """Unique to this fault; the lines know it as $SEATRIAL_LEASE."""
    directory: Path
    path: str
    """PATH, as it was when the fault was prepared."""


class Command(Action[HostTarget, Setting]):
    """Runs a shell line that injects a fault, and another that takes it away.

    The undo line is the contract: it must be idempotent, and right also when `run` never ran or was
    killed half way. All lines find `$SEATRIAL_LEASE`, which is unique to this fault: put it into the
    names of what `run` makes. What `run` leaves in the background stays until undo ends it, and
    must not hold on to the line's output: `flood >/dev/null 2>&1 &`.
    """

    name: ClassVar[str] = "command"

    run: Line
    """A line for /bin/sh that injects the fault; a status other than 0 means that it failed."""
    undo_line: Line = Field(alias="undo")
    """The line that takes the fault away. It runs again after a failure, and may run when all is well."""
    verify: Line | None = None
    """Status 0: the fault is gone. Without it `check` has to fail; without either, undo to succeed again."""
    check: Line | None = None
    """Status 0: the fault has taken effect. Without it, the status 0 of `run` has to do."""
    timeout: Duration = Field(default=20.0, gt=0, le=3600)
    """How long each line may take; then it is killed with all that it started."""
    environment: dict[str, str] = Field(default_factory=dict, repr=False)
    """Variables for the lines, beside those of Seatrial itself."""
    working_directory: Path | None = None
    """Where the lines run; without it, where Seatrial was started."""

    @property
    def timeout_s(self) -> float:
        return self.timeout + _MARGIN_S

    @field_validator("environment")
    @classmethod
    def _can_be_set(cls, environment: dict[str, str]) -> dict[str, str]:
        for name, value in environment.items():
            if not name or "=" in name or "\0" in name + value:
                raise ValueError(
                    f"{name!r} cannot be a variable: no `=` in its name, no NUL in it or its value"
                )
        return environment

    @field_validator("run", "undo_line", "verify", "check")
    @classmethod
    def _can_be_run(cls, line: str | None) -> str | None:
        if line is not None and (not line.strip() or "\0" in line):
            raise ValueError("a line for the shell has something in it, and no NUL")
        return line

    def describe_undo(self) -> str:
        return f"run `{self.undo_line}`"

    def prepare(self, target: HostTarget, lease: Lease) -> Setting:
        directory = (self.working_directory or Path()).absolute()
        if not directory.is_dir():
            raise Fatal(f"working_directory {directory} is not a folder")
        return Setting(lease=lease.id, directory=directory, path=os.environ.get("PATH", os.defpath))

    def apply(self, target: HostTarget, state: Setting) -> None:
        ended = self._run(self.run, state, mark=state.lease)
        if not ended.ok:
            raise Fatal(f"`run` failed: {ended.describe()}")

    def undo(self, target: HostTarget, state: Setting) -> None:
        """Run the undo line."""
        if not end_line(state.lease):
            raise Retryable("what `run` started is still going on, though it was killed")
        ended = self._run(self.undo_line, state)
        if not ended.ok:
            raise Retryable(f"`undo` failed: {ended.describe()}")

    def is_undone(self, target: HostTarget, state: Setting) -> bool:
        if self.verify is None and self.check is not None:
            return not self._asked(self.check, state)
        return self._asked(self.verify or self.undo_line, state)

    def has_effect(self, target: HostTarget, state: Setting) -> bool | None:
        return None if self.check is None else self._asked(self.check, state)

    def _asked(self, line: str, state: Setting) -> bool:
        ended = self._run(line, state)
        if ended.status is None:
            raise Retryable(f"`{line}`: {ended.describe()}")
        return ended.ok

    def _run(self, line: str, state: Setting, mark: str = "") -> Finished:
        environment = {"PATH": state.path, **self.environment, LEASE: state.lease}
        try:
            return run_line(
                line, timeout_s=self.timeout, environment=environment, directory=state.directory, mark=mark
            )
        except OSError as error:
            raise Retryable(f"no shell could be started in {state.directory}: {error.strerror}") from error
