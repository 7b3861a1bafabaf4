"""net.partition: hosts that do not see each other."""

from typing import ClassVar

from seatrial.api import Action, Filtering, HostTarget, Table


class NetPartition(Filtering, Action[HostTarget, Table]):
    """Cuts this host, or a namespace, off from peers: nothing passes, whatever the protocol.

    ssh is never hit.
    """

    name: ClassVar[str] = "net.partition"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    def effects(self, *, tcp: bool) -> str | None:
        return None if tcp else "drop"

    def refusal(self, target: HostTarget) -> str | None:
        if not self.addresses:
            return "`addresses` are missing: say whom not to see"
        return super().refusal(target)
