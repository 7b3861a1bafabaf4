"""net.loss: a share of the packets gets lost."""

from typing import ClassVar

from seatrial.api import Action, Field, Filtering, HostTarget, Share, Table

OF = 100_000


class NetLoss(Filtering, Action[HostTarget, Table]):
    """Drops a share of the packets of a port, of peers, or of both, by chance: a bad line.

    TCP sends again what is lost, so users see latency rather than errors. ssh is never hit.
    """

    name: ClassVar[str] = "net.loss"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    share: Share = Field(gt=0)
    """The share of the packets that is lost, each way that `direction` names."""

    def effects(self, *, tcp: bool) -> str | None:
        lost = max(1, round(self.share * OF))
        if tcp:
            return None
        return "drop" if lost == OF else f"numgen random mod {OF} < {lost} drop"
