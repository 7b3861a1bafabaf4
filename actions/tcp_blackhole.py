"""tcp.blackhole: connections on which nobody ever answers."""

from typing import Any, ClassVar

from seatrial.api import Action, HostTarget, Proxied, Proxying, Stream


class TcpBlackhole(Proxying, Action[HostTarget, Proxied]):
    """Takes what connections carry and passes nothing on: a server that accepts and hangs.

    With the fault they are reset, where something was swallowed.
    """

    name: ClassVar[str] = "tcp.blackhole"
    kind: ClassVar[str] = "blackhole"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    stream: Stream = Stream.BOTH
    """Which way: `to_client`, where the server gets what it is sent, `to_server` or `both`."""

    def settings(self) -> dict[str, Any]:
        return {}
