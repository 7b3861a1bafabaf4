"""tcp.reset: connections that are torn down."""

from typing import Any, ClassVar

from seatrial.api import Action, Duration, Field, HostTarget, Proxied, Proxying


class TcpReset(Proxying, Action[HostTarget, Proxied]):
    """Resets connections: a load balancer that restarts, a firewall that has forgotten them.

    Each is accepted, and reset after a while, towards both sides. `net.reject` refuses them instead.
    """

    name: ClassVar[str] = "tcp.reset"
    kind: ClassVar[str] = "reset"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    after: Duration = Field(default=0.0, ge=0, le=3600)
    """How long after a connection was made, or the fault began for it: at once."""

    def settings(self) -> dict[str, Any]:
        return {"after_s": self.after}
