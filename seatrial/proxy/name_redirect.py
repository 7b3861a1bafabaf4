"""Which DNS queries a resolver of ours gets: those that leave for the servers that it stands before.

├── chain leaving  (nat)    new connections: redirect to us
└── chain queries  (route)  each datagram for itself: to us, and what we answer back in the server's name

A datagram is rewritten without the kernel's connection tracking. That would keep its redirect for half a
minute and longer, also when the table has gone: who asks from the same port again would reach nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from seatrial.proxy.own_table import LEVELS, OwnTable, Ports
from seatrial.proxy.redirect import NEW

_BEFORE_TRACKING: Final = -302 - LEVELS


@dataclass(frozen=True)
class NameRedirect(OwnTable):
    """Each server by each protocol has a port of ours: `udp 10.0.0.53`."""

    servers: tuple[str, ...]

    def rules(self, ports: Ports) -> Iterator[str]:
        chain = f"inet {self.table} queries"
        yield from self.chain("leaving", "output")
        yield f"add chain {chain} {{ type route hook output priority {_BEFORE_TRACKING + self.level}; }}"
        yield self.sparing("queries")
        for place, port in ports.items():
            protocol, server = place.split()
            word, family, near = ("ip6", "ipv6", "::1") if ":" in server else ("ip", "ipv4", "127.0.0.1")
            wanted = f"{self.live(family)} {word} daddr {server} {protocol} dport 53"
            if protocol == "tcp":
                yield self.guard(port)
                yield f"add rule inet {self.table} leaving {wanted} {NEW} redirect to :{port}"
            else:
                yield f"add rule {chain} {wanted} notrack udp dport set {port} {word} daddr set {near}"
                answers = f"{word} saddr {near} udp sport {port}"
                yield f"add rule {chain} {answers} notrack udp sport set 53 {word} saddr set {server}"
