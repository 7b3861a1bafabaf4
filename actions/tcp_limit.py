"""tcp.limit: connections that break in the middle."""

from typing import Any, ClassVar

from seatrial.api import Action, Bytes, Field, HostTarget, Proxied, Proxying, Stream


class TcpLimit(Proxying, Action[HostTarget, Proxied]):
    """Ends each connection after so many bytes: an answer that is cut off, a server that dies at work."""

    name: ClassVar[str] = "tcp.limit"
    kind: ClassVar[str] = "limit"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    size: Bytes = Field(ge=1, le=2**40)
    """How much each connection carries, from when the fault begins for it."""
    reset: bool = False
    """Whether it ends by a reset, instead of being closed as if all had been said."""
    stream: Stream = Stream.TO_CLIENT
    """Which way counts: `to_client`, `to_server`, or each of `both` for itself."""

    def settings(self) -> dict[str, Any]:
        return {"size": self.size, "reset": self.reset}
