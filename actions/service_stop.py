"""service.stop: a service that has been stopped."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from seatrial.api import (
    Action,
    BaseTarget,
    Duration,
    Fatal,
    Field,
    ForeignChange,
    HostTarget,
    Lease,
    Model,
    Retryable,
    end_line,
    keeps_the_machine,
    model_validator,
    processes,
    services,
)

_MARGIN_S = 25.0
"""For looking at the service before and after, and for ending a command that hangs."""


class WasRunning(Model):
    """It has to run again."""

    lease: str


class ServiceStop(Action[HostTarget, WasRunning]):
    """Stops a service of systemd or of supervisord, as a deployment or an operator would, and starts it.

    Its supervisor knows that it was stopped on purpose, and does not bring it back: for what happens after a
    crash use `process.kill`.
    """

    name: ClassVar[str] = "service.stop"
    needs: ClassVar[str] = "systemd and root, or supervisorctl"

    service: services.Name
    """Its name: `shop`, `shop.service`, or `group:shop` of supervisord."""
    supervisor: services.Supervisor = services.Supervisor.SYSTEMD
    """Who runs it: `systemd` or `supervisord`."""
    config: Path | None = None
    """Of supervisord, where `supervisorctl` does not find the right one by itself."""
    timeout: Duration = Field(default=30.0, gt=0, le=600)
    """How long it may take to stop, and to start."""

    @model_validator(mode="after")
    def _is_one_service(self) -> "ServiceStop":
        if self.supervisor is services.Supervisor.SUPERVISORD:
            return self
        if self.config is not None:
            raise ValueError("`config` is for supervisord")
        if "." in self.service and not self.service.endswith(".service"):
            raise ValueError(f"{self.service!r} is a unit, but no service: only services are stopped")
        return self

    @property
    def timeout_s(self) -> float:
        return self.timeout + _MARGIN_S

    @property
    def _its(self) -> services.Service:
        return services.Service(name=self.service, supervisor=self.supervisor, config=self.config)

    def describe_undo(self) -> str:
        return f"start {self.service}"

    def prepare(self, target: HostTarget, lease: Lease) -> WasRunning:
        if reason := self.refusal(target):
            raise Fatal(reason)
        return WasRunning(lease=lease.id)

    def apply(self, target: HostTarget, state: WasRunning) -> None:
        done = self._its.run("stop", timeout_s=self.timeout, mark=state.lease)
        if not done.ok:
            raise Fatal(f"{self.service} cannot be stopped: {done.describe()}")

    def undo(self, target: HostTarget, state: WasRunning) -> None:
        """Start it, unless it runs."""
        if not end_line(state.lease):
            raise Retryable("the command that was to stop it is still going on, though it was killed")
        if self._runs():
            return
        done = self._its.run("start", timeout_s=self.timeout)
        if not done.ok and not self._runs():
            raise Retryable(f"{self.service} cannot be started: {done.describe()}")

    def is_undone(self, target: HostTarget, state: WasRunning) -> bool:
        return self._runs()

    def has_effect(self, target: HostTarget, state: WasRunning) -> bool:
        return not self._runs()

    def _runs(self) -> bool:
        seen = self._its.look()
        if seen is None:
            raise ForeignChange(f"{self.supervisor} knows no service {self.service} any more")
        return seen.running

    def refusal(self, target: HostTarget) -> str | None:
        if keeps_the_machine(self.service.removesuffix(".service").split("@")[0]):
            return f"{self.service} keeps this machine going, or reachable"
        if services.missing(self.supervisor):
            return None  # what is missing is told as such
        seen = self._its.look()
        if seen is None:
            return f"{self.supervisor} knows no service {self.service}"
        return None if seen.running else f"{self.service} does not run: it is {seen.state}"

    def also_hits(self, target: HostTarget) -> Iterable[BaseTarget]:
        if services.missing(self.supervisor):
            return []
        seen = self._its.look()
        main = processes.as_target(seen.pid) if seen is not None and seen.pid is not None else None
        return [main] if main is not None else []

    def changes(self, target: HostTarget) -> list[str]:
        return [f"the service {self.service}"]

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return services.missing(self.supervisor)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks: one supervisor is enough."""
        lacking = {one: services.missing(one) for one in services.Supervisor}
        if not all(lacking.values()):
            return []
        return [f"{what} (for `supervisor: {one}`)" for one, found in lacking.items() for what in found]
