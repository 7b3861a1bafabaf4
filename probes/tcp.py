"""tcp: whether somebody listens."""

from typing import ClassVar

from seatrial.api import (
    Address,
    Duration,
    Field,
    Measure,
    Probe,
    Reading,
    Unanswered,
    Value,
    connect,
    split_address,
)


class Tcp(Probe):
    """Opens a TCP connection each interval and closes it at once.

    It says that the kernel over there accepts connections, not that anybody answers them: a paused
    process still looks open.
    """

    name: ClassVar[str] = "tcp"
    shorthand: ClassVar[str | None] = "address"

    address: Address
    """`host:port`; an IPv6 address in brackets: `[::1]:5432`."""
    timeout: Duration = Field(default=1.0, gt=0, le=60)
    """How long the connection may take; keep it below the SLI's own `timeout`."""

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {"open": "", "latency": "ms"}

    async def read(self) -> Reading:
        host, port = split_address(self.address)
        try:
            latency_ms = await connect(host, port, self.timeout)
        except Unanswered as why:
            return Value(values={"open": False, "latency": None}, note=str(why))
        return Value(values={"open": True, "latency": latency_ms})
