"""tcp.latency: connections whose other side is far away."""

from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Distribution,
    Duration,
    Field,
    HostTarget,
    Proxied,
    Proxying,
    Stream,
    model_validator,
)


class TcpLatency(Proxying, Action[HostTarget, Proxied]):
    """Passes on later what connections carry: another region, a busy database.

    None of what is sent on a connection overtakes another. Making a connection takes no longer: the
    proxy is near.
    """

    name: ClassVar[str] = "tcp.latency"
    kind: ClassVar[str] = "latency"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    latency: Duration = Field(gt=0, le=60)
    """How much later; some 0.2 ms come on top by the proxy itself."""
    jitter: Duration = Field(default=0.0, ge=0, le=60)
    """How much it varies: the standard deviation, or with `uniform` the most."""
    distribution: Distribution = Distribution.NORMAL
    """`normal`, `uniform`, or `pareto`: never below the latency, with a long tail."""
    stream: Stream = Stream.TO_CLIENT
    """Which way: `to_client`, `to_server` or `both`, where a request and its answer pay twice."""

    @model_validator(mode="after")
    def _spread_is_smaller(self) -> "TcpLatency":
        if self.jitter > self.latency:
            raise ValueError("`jitter` is above `latency`: nothing can arrive before it was sent")
        return self

    def settings(self) -> dict[str, Any]:
        return {"latency_s": self.latency, "jitter_s": self.jitter, "distribution": self.distribution}
