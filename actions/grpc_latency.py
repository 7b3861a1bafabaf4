"""grpc.latency: calls that are answered later."""

from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Distribution,
    Duration,
    Field,
    GrpcProxying,
    HostTarget,
    Proxied,
    model_validator,
)


class GrpcLatency(GrpcProxying, Action[HostTarget, Proxied]):
    """Delays the beginning of answers: a slow method, a cache that is cold.

    The server has heard of the call by then. Other calls on the same connection do not wait.
    """

    name: ClassVar[str] = "grpc.latency"
    kind: ClassVar[str] = "grpc.latency"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    latency: Duration = Field(gt=0, le=300)
    """How much later; some 0.5 ms come on top by the proxy itself."""
    jitter: Duration = Field(default=0.0, ge=0, le=300)
    """How much it varies: the standard deviation, or with `uniform` the most."""
    distribution: Distribution = Distribution.NORMAL
    """`normal`, `uniform`, or `pareto`: never below the latency, with a long tail."""

    @model_validator(mode="after")
    def _spread_is_smaller(self) -> "GrpcLatency":
        if self.jitter > self.latency:
            raise ValueError("`jitter` is above `latency`: nothing can arrive before it was sent")
        return self

    def settings(self) -> dict[str, Any]:
        return {"latency_s": self.latency, "jitter_s": self.jitter, "distribution": self.distribution}
