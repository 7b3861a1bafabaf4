"""tcp.slice: messages that arrive in crumbs."""

from typing import Any, ClassVar

from seatrial.api import Action, Bytes, Duration, Field, HostTarget, Proxied, Proxying, Stream


class TcpSlice(Proxying, Action[HostTarget, Proxied]):
    """Passes on what connections carry in small pieces, with a pause between them.

    It finds whoever takes what one read returns for a whole message, and time-outs that begin anew
    with every byte.
    """

    name: ClassVar[str] = "tcp.slice"
    kind: ClassVar[str] = "slice"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    size: Bytes = Field(ge=1, le=65536)
    """How large a piece is at most."""
    pause: Duration = Field(default=0.001, ge=0, le=10)
    """Between two pieces: 1 ms."""
    stream: Stream = Stream.TO_CLIENT
    """Which way: `to_client`, `to_server` or `both`."""

    def settings(self) -> dict[str, Any]:
        return {"size": self.size, "pause_s": self.pause}
