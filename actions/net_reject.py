"""net.reject: a port that refuses, at once."""

from typing import ClassVar

from seatrial.api import Action, Filtering, HostTarget, Table


class NetReject(Filtering, Action[HostTarget, Table]):
    """Refuses the packets of a port, of peers, or of both: TCP by a reset, all else by ICMP.

    New connections fail at once, those that are open are reset with their next packet. ssh is never hit.
    """

    name: ClassVar[str] = "net.reject"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    def effects(self, *, tcp: bool) -> str | None:
        # The kernel's own resets pass the same rules on their way back to who is refused.
        if tcp:
            return "tcp flags & rst == 0 reject with tcp reset"
        return "meta l4proto != tcp reject with icmpx port-unreachable"
