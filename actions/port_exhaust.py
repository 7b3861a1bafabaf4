"""port.exhaust: no local port is left for a connection that wants to leave."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Field, Held, Holding, HostTarget, Namespace, namespaces


class PortExhaust(Holding, Action[HostTarget, Held]):
    """Takes the local ports of a network namespace: a client that opens a connection for every request.

    What is connected stays so. From then on nobody there can connect to anywhere: "cannot assign requested
    address". Servers go on accepting.
    """

    name: ClassVar[str] = "port.exhaust"
    needs: ClassVar[str] = "CAP_SYS_ADMIN"
    script: ClassVar[Path] = Path(__file__).with_name("_hold_ports.py")

    namespace: Namespace
    """As `ip netns` lists it. The machine's own is never hit, for the load and the probes need its ports."""
    leave: int = Field(default=0, ge=0, le=65535)
    """How many ports are left, the lowest of the range."""

    def script_arguments(self, target: HostTarget, state: Held) -> list[str]:
        return [str(namespaces.FOLDER / self.namespace), str(self.leave)]

    def ready_within_s(self) -> float:
        return 10.0

    def refusal(self, target: HostTarget) -> str | None:
        return namespaces.why_not(self.namespace)

    def missing_privileges(self, target: HostTarget) -> list[str]:
        return self.missing_here()

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this user lacks."""
        return namespaces.missing_to_enter()
