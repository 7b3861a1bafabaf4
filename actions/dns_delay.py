"""dns.delay: names that take long to resolve."""

from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Distribution,
    Duration,
    Field,
    HostTarget,
    Proxied,
    Resolving,
    model_validator,
)


class DnsDelay(Resolving, Action[HostTarget, Proxied]):
    """Answers DNS queries for some names later: a resolver that is overloaded, or far away."""

    name: ClassVar[str] = "dns.delay"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    delay: Duration = Field(gt=0, le=60)
    """How much later; resolvers ask again, or another server, after 5 s as a rule."""
    jitter: Duration = Field(default=0.0, ge=0, le=60)
    """How much it varies: the standard deviation, or with `uniform` the most."""
    distribution: Distribution = Distribution.NORMAL
    """`normal`, `uniform`, or `pareto`: never below the delay, with a long tail."""

    @model_validator(mode="after")
    def _spread_is_smaller(self) -> "DnsDelay":
        if self.jitter > self.delay:
            raise ValueError("`jitter` is above `delay`: no answer can come before the query")
        return self

    def settings(self) -> dict[str, Any]:
        return {"latency_s": self.delay, "jitter_s": self.jitter, "distribution": self.distribution}
