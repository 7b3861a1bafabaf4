"""connection.exhaust: a server whose connections are all taken."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, Duration, EndpointTarget, Field, Held, Holding


class ConnectionExhaust(Holding, Action[EndpointTarget, Held]):
    """Opens connections to a server and says nothing on them: clients that leak, a slow-loris attack.

    One that the server ends is opened again. Where it takes fewer than asked, those are held: then
    the next ones have to wait, which is the fault.
    """

    name: ClassVar[str] = "connection.exhaust"
    script: ClassVar[Path] = Path(__file__).with_name("_hold_connections.py")

    connections: int = Field(ge=1, le=50_000)
    """How many to hold."""
    within: Duration = Field(default=3.0, gt=0, le=60)
    """How long to wait until all are there; with fewer the fault begins as well, with none it fails."""

    def script_arguments(self, target: EndpointTarget, state: Held) -> list[str]:
        return [target.host, str(target.port), str(self.connections), str(self.within)]

    def ready_within_s(self) -> float:
        return self.within + 5.0
