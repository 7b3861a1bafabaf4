"""tcp.bandwidth: connections that carry too little."""

from typing import Any, ClassVar

from seatrial.api import Action, Bandwidth, Field, HostTarget, Proxied, Proxying, Stream


class TcpBandwidth(Proxying, Action[HostTarget, Proxied]):
    """Limits how much each connection carries a second: a slow client, a throttled service.

    `net.bandwidth` limits a whole interface instead.
    """

    name: ClassVar[str] = "tcp.bandwidth"
    kind: ClassVar[str] = "bandwidth"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    rate: Bandwidth = Field(ge=8000, le=1e10)
    """The limit of each connection each way, without headers; at least 1 kB/s."""
    stream: Stream = Stream.TO_CLIENT
    """Which way: `to_client`, `to_server` or `both`."""

    def settings(self) -> dict[str, Any]:
        return {"bytes_per_s": self.rate / 8}
