"""Which connections a transparent proxy gets, as a table of nftables that cannot outlast it.

table inet seatrial_LEASE     owned by the proxy's process, and gone with it
├── set live                  { ipv4, ipv6 } for some seconds, renewed by the proxy each second: one that
│                             hangs lets go too
├── chain leaving  (output)   its own connections accept │ live, wanted and new: redirect to the proxy
├── chain arriving (prerouting)  the same, for what comes from other hosts
├── chain guard    (input)    nothing but what was redirected reaches the proxy
└── chain open_*              where asked: connections that were open before are reset

Several proxies may want the same connection. Each has a level: it leaves alone what one of its own or a
higher level has made, and those of a lower level are asked first. So a connection passes all of them, once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LIVES_S: Final = 3.0
RENEWED_EVERY_S: Final = 1.0
LEVELS: Final = 48
MARK: Final = 0x5EA70000
"""Of our own connections, with the level in its last byte: below the bits that others use for routing."""
_NEW: Final = "tcp flags & (syn | ack | rst | fin) == syn"
_NOT_NEW: Final = "tcp flags & (syn | rst) == 0"
_FIRST_PRIORITY: Final = -150
"""Behind connection tracking (-200), before what others redirect (-100)."""


@dataclass(frozen=True)
class Redirect:
    """What of a host's or namespace's TCP connections goes through the proxy."""

    table: str
    level: int
    """1 to LEVELS."""
    port: int | None
    addresses: tuple[str, ...]
    """Of the peers; none: whoever it is."""
    arriving: bool
    leaving: bool
    sender: str
    """Whose connections, among those that leave; in the words of nft: `meta skuid 33`."""
    spared: tuple[int, ...]
    """Ports that are never redirected."""
    reset_open: bool

    @property
    def mark(self) -> int:
        """The SO_MARK of the proxy's own connections."""
        return MARK + self.level

    def script(self, ports: dict[str, int]) -> str:
        """One transaction that makes the table; `ports`: where the proxy listens, for ipv4 and ipv6."""
        return "\n".join(self._lines(ports))

    def renewal(self) -> str:
        """One transaction that keeps it alive."""
        names = f"inet {self.table} live"
        return f"delete element {names} {{ ipv4, ipv6 }}; add element {names} {_live()}"

    def _lines(self, ports: dict[str, int]) -> Iterator[str]:
        table = f"inet {self.table}"
        yield f"add table {table} {{ flags owner; }}"
        yield f"delete table {table}"  # what may be left of it, where it is made anew
        yield f"add table {table} {{ flags owner; }}"
        yield f"add set {table} live {{ typeof meta nfproto; flags timeout; }}"
        yield f"add element {table} live {_live()}"
        yield f"add chain {table} guard {{ type filter hook input priority -10; }}"
        for family, port in ports.items():
            yield (
                f"add rule {table} guard meta nfproto {family} tcp dport {port} "
                "ct status & dnat == 0 reject with tcp reset"
            )
        for chain, on, hook, late_hook, peer in (
            ("arriving", self.arriving, "prerouting", "input", "saddr"),
            ("leaving", self.leaving, "output", "output", "daddr"),
        ):
            if on:
                yield from self._redirecting(f"{table} {chain}", hook, peer, ports)
            if on and self.reset_open:
                yield from self._resetting(f"{table} open_{chain}", late_hook, peer)

    def _redirecting(self, chain: str, hook: str, peer: str, ports: dict[str, int]) -> Iterator[str]:
        priority = _FIRST_PRIORITY + self.level
        yield f"add chain {chain} {{ type nat hook {hook} priority {priority}; policy accept; }}"
        yield f"add rule {chain} meta mark {self.mark:#x}-{MARK + 0xFF:#x} accept"
        for family, port in ports.items():
            for wanted in self._wanted(family, peer):
                yield f"add rule {chain} {wanted} {_NEW} redirect to :{port}"

    def _resetting(self, chain: str, hook: str, peer: str) -> Iterator[str]:
        yield f"add chain {chain} {{ type filter hook {hook} priority -10; policy accept; }}"
        yield f"add rule {chain} meta mark {MARK:#x}-{MARK + 0xFF:#x} accept"
        yield f"add rule {chain} ct status & dnat != 0 accept"
        for family in ("ipv4", "ipv6"):
            for wanted in self._wanted(family, peer):
                yield f"add rule {chain} {wanted} {_NOT_NEW} reject with tcp reset"

    def _wanted(self, family: str, peer: str) -> Iterator[str]:
        """The packets of one family."""
        start = f"meta nfproto {family} meta nfproto @live {self.sender}"
        spared = ", ".join(map(str, self.spared))
        port = f"tcp dport {self.port}" if self.port else f"tcp dport != {{ {spared} }}"
        if not self.addresses:
            yield f"{start} {port}"
        word, colon = ("ip", False) if family == "ipv4" else ("ip6", True)
        for address in self.addresses:
            if (":" in address) == colon:
                yield f"{start} {word} {peer} {address} {port}"


def _live() -> str:
    left = f"timeout {math.ceil(LIVES_S * 1000)}ms"
    return f"{{ ipv4 {left}, ipv6 {left} }}"
