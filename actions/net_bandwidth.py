"""net.bandwidth: a line that is too narrow."""

import math
from typing import ClassVar

from seatrial.api import Action, Bandwidth, Field, HostTarget, Queue, Shaping

RATE_MIN = 64_000
BURST_BYTES_MIN = 16 * 1024
BURSTS_PER_S = 200


class NetBandwidth(Shaping, Action[HostTarget, Queue]):
    """Limits how much leaves by an interface: a saturated uplink, a cheap instance.

    Everything that leaves by it shares the limit, ssh too.
    """

    name: ClassVar[str] = "net.bandwidth"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    rate: Bandwidth = Field(ge=RATE_MIN, le=1e11)
    """The limit, headers included; at least 64 kbit/s."""

    def settings(self) -> list[str]:
        # The kernel fills the bucket some hundred times a second: a small one would lose part of the rate.
        burst = max(BURST_BYTES_MIN, math.ceil(self.rate / 8 / BURSTS_PER_S))
        return ["tbf", "rate", f"{round(self.rate)}bit", "burst", f"{burst}b", "latency", "100ms"]

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return cls.lacking(["tbf", "rate", "1mbit", "burst", "16kb", "latency", "100ms"])
