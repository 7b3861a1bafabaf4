"""Which DNS queries a fault hits, and what is answered in the server's place."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from seatrial.proxy.pieces import delays

_RCODES: Final = {
    "servfail": dns.rcode.SERVFAIL,
    "nxdomain": dns.rcode.NXDOMAIN,
    "refused": dns.rcode.REFUSED,
}
_VERSIONS: Final = {dns.rdatatype.A: 4, dns.rdatatype.AAAA: 6}
_TTL_S: Final = 0
"""No cache keeps a wrong answer: it would outlive the fault."""


@dataclass(frozen=True)
class Reaction:
    """What becomes of a query."""

    own: bytes | None = None
    """The answer in the server's place."""
    is_lost: bool = False
    """Nobody answers it."""
    delay_s: float = 0.0
    """How much later its answer comes."""


@dataclass(frozen=True)
class NameFault:
    """One fault on the queries for some names."""

    kind: str
    """`dns.failure`, `dns.delay` or `dns.answer`."""
    names: tuple[str, ...]
    """In lower case; `*.example.org` is everything below, `*` is all."""
    settings: Mapping[str, Any]
    share: float = 1.0
    seed: int = 0
    chance: Random = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", Random(self.seed))

    def react(self, wire: bytes) -> Reaction:
        """To a query as it came; what is no query passes."""
        try:
            query = dns.message.from_wire(wire)
            (question,) = query.question
        except (dns.exception.DNSException, ValueError):
            return Reaction()
        if not self.wants(question.name.to_text()) or self.chance.random() >= self.share:
            return Reaction()
        match self.kind:
            case "dns.delay":
                return Reaction(delay_s=delays(self.chance, **self.settings)())
            case "dns.failure" if self.settings["how"] == "timeout":
                return Reaction(is_lost=True)
            case "dns.failure":
                answer = dns.message.make_response(query, recursion_available=True)
                answer.set_rcode(_RCODES[self.settings["how"]])
                return Reaction(own=answer.to_wire())
        return self._wrong(query, question)

    def wants(self, name: str) -> bool:
        """Whether a name, in any case and with its last dot or without, is one of those."""
        plain = name.lower().rstrip(".")
        return any(
            one in ("*", plain) or (one.startswith("*.") and plain.endswith(one[1:])) for one in self.names
        )

    def _wrong(self, query: dns.message.Message, question: dns.rrset.RRset) -> Reaction:
        version = _VERSIONS.get(question.rdtype)
        if version is None:
            return Reaction()
        answer = dns.message.make_response(query, recursion_available=True)
        found = [one for one in self.settings["addresses"] if ipaddress.ip_address(one).version == version]
        if found:
            kind = dns.rdatatype.to_text(question.rdtype)
            answer.answer.append(dns.rrset.from_text_list(question.name, _TTL_S, "IN", kind, found))
        return Reaction(own=answer.to_wire())
