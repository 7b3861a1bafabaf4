"""A table of nftables that redirects to this process, and cannot outlast it.

table inet seatrial_LEASE     owned by the process, and gone with it
├── set live                  { ipv4, ipv6 } for some seconds, renewed each second: one that hangs lets go too
├── chain …        (nat)      our own connections accept │ live and wanted: redirect to us
└── chain guard    (input)    nothing but what was redirected reaches us

Several may want the same connection. Each has a level: it leaves alone what one of its own or a higher
level has made, and those of a lower level are asked first. So a connection passes all of them, once.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from seatrial.kernel.lapse import LIVES_S, RENEWED_EVERY_S, elements, renewal
from seatrial.proxy.nftables import Nftables

LEVELS: Final = 48
MARK: Final = 0x5EA70000
"""Of our own connections, with the level in its last byte: below the bits that others use for routing."""
ALL_MARKS: Final = f"{MARK:#x}-{MARK + 0xFF:#x}"
_FIRST_PRIORITY: Final = -150
"""Behind connection tracking (-200), before what others redirect (-100)."""

Ports = Mapping[str, int]
"""Where this process listens, by what comes there: `ipv4`, `ipv6`, …"""


@dataclass(frozen=True)
class OwnTable(ABC):
    """What is redirected here, as rules of a table."""

    table: str
    level: int
    """1 to LEVELS."""
    sender: str
    """Whose connections, among those that leave; in the words of nft: `meta skuid 33`."""

    @property
    def mark(self) -> int:
        """The SO_MARK of our own connections."""
        return MARK + self.level

    @abstractmethod
    def rules(self, ports: Ports) -> Iterator[str]:
        """What is in the table beside the set; `chain` begins those that redirect."""

    def script(self, ports: Ports) -> str:
        """One transaction that makes the table, or makes it anew."""
        table = f"inet {self.table}"
        beginning = (
            f"add table {table} {{ flags owner; }}",
            f"delete table {table}",
            f"add table {table} {{ flags owner; }}",
            f"add set {table} live {{ typeof meta nfproto; flags timeout; }}",
            f"add element {table} live {elements(LIVES_S)}",
            f"add chain {table} guard {{ type filter hook input priority -10; }}",
        )
        return "\n".join((*beginning, *self.rules(ports)))

    def guard(self, port: int) -> str:
        """The rule that lets nobody in at a port of ours who was not redirected."""
        return (
            f"add rule inet {self.table} guard tcp dport {port} ct status & dnat == 0 reject with tcp reset"
        )

    def chain(self, name: str, hook: str) -> Iterator[str]:
        """The beginning of a chain that redirects."""
        priority = _FIRST_PRIORITY + self.level
        yield f"add chain inet {self.table} {name} {{ type nat hook {hook} priority {priority}; }}"
        yield self.sparing(name)

    def sparing(self, chain: str) -> str:
        """The rule that leaves alone what one of our level, or of a higher one, has made."""
        return f"add rule inet {self.table} {chain} meta mark {self.mark:#x}-{MARK + 0xFF:#x} accept"

    def live(self, family: str) -> str:
        """The packets of a family, while the table lives; in this order, or nft 1.1 loses the family."""
        return f"meta nfproto @live meta nfproto {family} {self.sender}"


async def keep(own: OwnTable, ports: Ports, nft: Nftables) -> None:
    """Renew it; where that fails, as somebody else's change at the same time may cause, make it anew."""
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        try:
            nft.run(renewal(own.table, LIVES_S))
        except OSError:
            with suppress(OSError):  # then again in a second
                nft.run(own.script(ports))
