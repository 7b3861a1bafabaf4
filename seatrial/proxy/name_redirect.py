"""Which DNS queries a resolver of ours gets: those that leave for the servers that it stands before."""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.proxy.own_table import OwnTable, Ports
from seatrial.proxy.redirect import NEW


@dataclass(frozen=True)
class NameRedirect(OwnTable):
    """Each server by each protocol has a port of ours: `udp 10.0.0.53`."""

    servers: tuple[str, ...]

    def rules(self, ports: Ports) -> Iterator[str]:
        for place, port in ports.items():
            yield self.guard(place.split()[0], port)
        yield from self.chain("leaving", "output")
        for place, port in ports.items():
            protocol, server = place.split()
            family, word = ("ipv6", "ip6") if ":" in server else ("ipv4", "ip")
            new = NEW if protocol == "tcp" else ""
            wanted = f"{self.live(family)} {word} daddr {server} {protocol} dport 53 {new}"
            yield f"add rule inet {self.table} leaving {wanted} redirect to :{port}"
