"""dns.failure: names that cannot be resolved."""

from typing import Any, ClassVar, Literal

from seatrial.api import Action, HostTarget, Proxied, Resolving


class DnsFailure(Resolving, Action[HostTarget, Proxied]):
    """Answers DNS queries for some names with an error, or never: a resolver that is down, a lost zone."""

    name: ClassVar[str] = "dns.failure"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    how: Literal["servfail", "nxdomain", "refused", "timeout"] = "servfail"
    """`servfail`, `nxdomain` (there is no such name), `refused`, or `timeout`: no answer at all."""

    def settings(self) -> dict[str, Any]:
        return {"how": self.how}
