"""Which TCP connections a proxy gets.

├── chain leaving     (output)      wanted and new: redirect to the proxy
├── chain arriving    (prerouting)  the same, for what comes from other hosts
└── chain open_*      (filter)      where asked: connections that were open before are reset
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from seatrial.proxy.own_table import ALL_MARKS, OwnTable, Ports

NEW: Final = "tcp flags & (syn | ack | rst | fin) == syn"
_NOT_NEW: Final = "tcp flags & (syn | rst) == 0"


@dataclass(frozen=True)
class Redirect(OwnTable):
    """What of a host's or namespace's TCP connections goes through the proxy, on `ipv4` and `ipv6`."""

    port: int | None
    addresses: tuple[str, ...]
    """Of the peers; none: whoever it is."""
    arriving: bool
    leaving: bool
    spared: tuple[int, ...]
    """Ports that are never redirected."""
    reset_open: bool

    def rules(self, ports: Ports) -> Iterator[str]:
        for port in ports.values():
            yield self.guard(port)
        for name, on, hook, late_hook, peer in (
            ("arriving", self.arriving, "prerouting", "input", "saddr"),
            ("leaving", self.leaving, "output", "output", "daddr"),
        ):
            if on:
                yield from self.chain(name, hook)
                for family, port in ports.items():
                    for wanted in self._wanted(family, peer):
                        yield f"add rule inet {self.table} {name} {wanted} {NEW} redirect to :{port}"
            if on and self.reset_open:
                yield from self._resetting(f"inet {self.table} open_{name}", late_hook, peer)

    def _resetting(self, chain: str, hook: str, peer: str) -> Iterator[str]:
        yield f"add chain {chain} {{ type filter hook {hook} priority -10; policy accept; }}"
        yield f"add rule {chain} meta mark {ALL_MARKS} accept"
        yield f"add rule {chain} ct status & dnat != 0 accept"
        yield f"add rule {chain} tcp sport {self._spared} accept"  # what a spared port says to its clients
        for family in ("ipv4", "ipv6"):
            for wanted in self._wanted(family, peer):
                yield f"add rule {chain} {wanted} {_NOT_NEW} reject with tcp reset"

    def _wanted(self, family: str, peer: str) -> Iterator[str]:
        """The packets of one family, on their way to the server."""
        start = self.live(family)
        port = f"tcp dport {self.port}" if self.port else f"tcp dport != {self._spared}"
        if not self.addresses:
            yield f"{start} {port}"
        word, colon = ("ip", False) if family == "ipv4" else ("ip6", True)
        for address in self.addresses:
            if (":" in address) == colon:
                yield f"{start} {word} {peer} {address} {port}"

    @property
    def _spared(self) -> str:
        return f"{{ {', '.join(map(str, self.spared))} }}"
