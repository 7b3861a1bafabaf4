"""What the faults of DNS share: which names, by which servers, and for whom."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field, StringConstraints

from seatrial.model.fields import Share
from seatrial.proxy.redirecting import Redirecting

_RESOLV_CONF: Final = Path("/etc/resolv.conf")
_OF_NAMESPACES: Final = Path("/etc/netns")
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def _is_name(name: str) -> str:
    plain = name.lower().rstrip(".")
    labels = plain.removeprefix("*.").split(".")
    if plain != "*" and (len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels)):
        raise ValueError(f"{name!r} is no name: write `db.example.org`, `*.example.org` or `*`")
    return plain


def _is_ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is no IP address") from None


Name = Annotated[str, StringConstraints(min_length=1), AfterValidator(_is_name)]
"""A name, or `*.` and a name for everything below it, or `*`."""
Ip = Annotated[str, AfterValidator(_is_ip)]
"""An IPv4 or IPv6 address."""


class Resolving(Redirecting):
    """A resolver of its own before the one that is asked; put it before `Action`, say `settings`."""

    script: ClassVar[Path] = Path(__file__).with_name("held_resolver.py")
    libraries: ClassVar[tuple[str, ...]] = ("dns",)
    name: ClassVar[str]
    """It is also what the resolver knows the fault by."""

    names: tuple[Name, ...] = Field(min_length=1)
    """Queries for these names: `db.example.org`, for everything below it `*.example.org`, for all `*`."""
    servers: tuple[Ip, ...] = ()
    """The resolvers that are asked; without it those of resolv.conf, the namespace's own where it has one."""
    share: Share = Field(default=1.0, gt=0)
    """The share of these queries that is hit, by chance."""
    seed: int = Field(default=0, ge=0)
    """For this chance."""

    def settings(self) -> dict[str, Any]:
        """What the fault is, beside its name."""
        raise NotImplementedError

    def held_with(self) -> dict[str, Any]:
        fault = {"kind": self.name, "names": self.names, "settings": self.settings()}
        return {
            "fault": {**fault, "share": self.share, "seed": self.seed},
            "redirect": {"servers": self.servers or servers_of(self.namespace)},
        }

    def refusal(self, target: Any) -> str | None:
        """Nobody who is not there, and no server where none is known."""
        if not self.servers and not servers_of(self.namespace):
            return "resolv.conf names no server: write `servers`"
        return super().refusal(target)


def servers_of(namespace: str | None) -> list[str]:
    """The resolvers that programs there ask."""
    own = _OF_NAMESPACES / namespace / _RESOLV_CONF.name if namespace else _RESOLV_CONF
    path = own if own.exists() else _RESOLV_CONF
    if not path.exists():
        return []
    found = re.findall(r"^\s*nameserver\s+([0-9a-fA-F.:]+)\s*$", path.read_text(), re.MULTILINE)
    return list(dict.fromkeys(_is_ip(one) for one in found))
