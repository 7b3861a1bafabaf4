"""dns.answer: names that lead elsewhere."""

from typing import Any, ClassVar

from seatrial.api import Action, Field, HostTarget, Ip, Proxied, Resolving


class DnsAnswer(Resolving, Action[HostTarget, Proxied]):
    """Answers DNS queries for some names with other addresses: a stale record, a failover that went wrong.

    The answers may not be cached, so no cache keeps them longer than the fault lasts.
    """

    name: ClassVar[str] = "dns.answer"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    addresses: tuple[Ip, ...] = Field(min_length=1, max_length=16)
    """The addresses. A query for IPv6 gets those of IPv6, or none; one for IPv4 the same."""

    def settings(self) -> dict[str, Any]:
        return {"addresses": self.addresses}
