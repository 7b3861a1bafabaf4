"""Rules of nftables: which packets, a table of one's own, and a switch that turns itself off.

table inet seatrial_LEASE       deleted by undo
├── set live                    { ipv4, ipv6 } with a timeout: when it is over all is let through,
│                               also when nobody is left to delete the table
├── chain arriving   (input)    ssh accept │ no more live: accept │ the wanted packets: drop, reject, …
└── chain leaving    (output)   the same, seen from the other side
"""

import ipaddress
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Protocol

from pydantic import AfterValidator

from seatrial.kernel.lapse import elements
from seatrial.targets.protected import SSH

_PRIORITY: Final = -310
"""Before the usual tables, so that what they accept or rewrite is hit as well."""
_WIDEST: Final = {4: 8, 6: 16}
"""The shortest prefix that is not nearly everybody."""


class Direction(StrEnum):
    """Seen from the host or namespace where the fault is."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


def _is_network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no address or network: write `10.0.0.5` or `10.0.0.0/24`") from None
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(
            f"{text!r} is nearly everybody: write a network of /{_WIDEST[network.version]} or less"
        )
    return str(network)


Network = Annotated[str, AfterValidator(_is_network)]
"""An address or a network: `10.0.0.5`, `10.0.0.0/24`, `fd00::/64`."""


class Packets(NamedTuple):
    """Which packets are hit."""

    port: int | None
    addresses: tuple[str, ...]
    direction: Direction


class Effects(Protocol):
    """What is done with a packet, in the words of nft; None: nothing of its own."""

    def __call__(self, *, tcp: bool) -> str | None:
        """For TCP, and after that for all that is left."""


def ruleset(table: str, packets: Packets, effects: Effects, lets_go_after_s: float) -> Iterator[str]:
    """The lines of one transaction, which makes the table with all that is in it."""
    yield f"add table inet {table}"
    yield f"add set inet {table} live {{ typeof meta nfproto; flags timeout; }}"
    yield f"add element inet {table} live {elements(lets_go_after_s)}"
    for chain, hook, peer, way in (
        (f"inet {table} arriving", "input", "saddr", Direction.IN),
        (f"inet {table} leaving", "output", "daddr", Direction.OUT),
    ):
        if packets.direction in (way, Direction.BOTH):
            yield f"add chain {chain} {{ type filter hook {hook} priority {_PRIORITY}; policy accept; }}"
            yield f"add rule {chain} tcp dport {SSH} accept"
            yield f"add rule {chain} tcp sport {SSH} accept"
            # A rule of its own: beside a network's addresses nft 1.1 takes no other word on the protocol.
            yield f"add rule {chain} meta nfproto != @live accept"
            for rule in _rules(packets, peer, effects):
                yield f"add rule {chain} {rule}"


def _rules(packets: Packets, peer: str, effects: Effects) -> Iterator[str]:
    for who in _peers(packets, peer):
        for tcp in (True, False):
            if effect := effects(tcp=tcp):
                for which in _ports(packets.port, tcp=tcp):
                    yield f"{who} {which} {effect}"


def _peers(packets: Packets, peer: str) -> Iterator[str]:
    if not packets.addresses:
        yield ""
    for address in dict.fromkeys(packets.addresses):
        yield f"{'ip6' if ':' in address else 'ip'} {peer} {address}"


def _ports(port: int | None, *, tcp: bool) -> Iterator[str]:
    if port is None:
        yield "meta l4proto tcp" if tcp else ""
    elif tcp:
        yield f"tcp dport {port}"
        yield f"tcp sport {port}"
    else:
        yield f"meta l4proto {{ tcp, udp }} th dport {port}"
        yield f"meta l4proto {{ tcp, udp }} th sport {port}"
