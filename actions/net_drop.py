"""net.drop: packets that nobody ever answers."""

from typing import ClassVar

from seatrial.api import Action, Filtering, HostTarget, Table


class NetDrop(Filtering, Action[HostTarget, Table]):
    """Drops the packets of a port, of peers, or of both: a firewall that swallows, a host that has gone.

    New connections time out, those that are open hang. ssh is never hit.
    """

    name: ClassVar[str] = "net.drop"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    def effects(self, *, tcp: bool) -> str | None:
        return None if tcp else "drop"
