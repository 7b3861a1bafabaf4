"""http.latency: requests that take longer."""

from typing import Any, ClassVar, Literal

from seatrial.api import (
    Action,
    Distribution,
    Duration,
    Field,
    HostTarget,
    HttpProxying,
    Proxied,
    model_validator,
)


class HttpLatency(HttpProxying, Action[HostTarget, Proxied]):
    """Delays requests or their answers: a slow endpoint, a cache that is cold."""

    name: ClassVar[str] = "http.latency"
    kind: ClassVar[str] = "http.latency"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    latency: Duration = Field(gt=0, le=300)
    """How much later; some 0.2 ms come on top by the proxy itself."""
    jitter: Duration = Field(default=0.0, ge=0, le=300)
    """How much it varies: the standard deviation, or with `uniform` the most."""
    distribution: Distribution = Distribution.NORMAL
    """`normal`, `uniform`, or `pareto`: never below the latency, with a long tail."""
    of: Literal["answer", "request"] = "answer"
    """`answer`: the server has done its work by then; `request`: it hears of it later."""

    @model_validator(mode="after")
    def _spread_is_smaller(self) -> "HttpLatency":
        if self.jitter > self.latency:
            raise ValueError("`jitter` is above `latency`: nothing can arrive before it was sent")
        return self

    def settings(self) -> dict[str, Any]:
        spread = {"jitter_s": self.jitter, "distribution": self.distribution}
        return {"latency_s": self.latency, **spread, "of": self.of}
