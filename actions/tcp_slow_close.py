"""tcp.slow_close: connections that do not end."""

from typing import Any, ClassVar

from seatrial.api import Action, Duration, Field, HostTarget, Proxied, Proxying, Stream


class TcpSlowClose(Proxying, Action[HostTarget, Proxied]):
    """Tells the end of a connection later than it came: pools that fill, clients that wait for the end."""

    name: ClassVar[str] = "tcp.slow_close"
    kind: ClassVar[str] = "slow_close"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    delay: Duration = Field(gt=0, le=3600)
    """How much later."""
    stream: Stream = Stream.TO_CLIENT
    """Which way: `to_client`, `to_server` or `both`."""

    def settings(self) -> dict[str, Any]:
        return {"delay_s": self.delay}
