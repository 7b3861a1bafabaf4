"""What the faults of the proxy share: whose connections they hit, the four verbs, and what they refuse."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from seatrial.action import Lease
from seatrial.errors import Fatal, Retryable
from seatrial.held.hold import end_held, held, hold
from seatrial.kernel import namespaces, programs
from seatrial.kernel.namespaces import Namespace
from seatrial.kernel.rules import Direction, Network
from seatrial.model.base import Model
from seatrial.model.units import Share
from seatrial.proxy import control, senders
from seatrial.proxy.faults import Stream
from seatrial.proxy.levels import free_level, missing_redirect
from seatrial.targets.protected import SSH, own_ports
from seatrial.targets.selector import Address, split_address
from seatrial.targets.target import EndpointTarget

_WHOM = ("port", "addresses", "direction", "user", "cgroup", "namespace", "open_connections")
_HELD = Path(__file__).with_name("held.py")


class Open(StrEnum):
    """What happens to connections that were open before the fault."""

    LEAVE = "leave"
    RESET = "reset"


class Proxied(Model):
    """A fault of a proxy. It is found by its lease: a process of its own, or an entry in a standing proxy."""

    lease: str
    table: str
    lets_go_after_s: float


class Proxying(Model):
    """The four verbs of a fault that a proxy makes; put it before `Action` and say `kind` and `settings`."""

    kind: ClassVar[str]
    """As `seatrial.proxy.faults` knows it."""

    proxy: Address | None = None
    """A running `seatrial proxy`, by the address that it listens on. Give this, or say whom to redirect."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Only TCP connections to this port."""
    addresses: tuple[Network, ...] = ()
    """Only connections with these peers, each an address or a network."""
    direction: Direction = Direction.BOTH
    """`in`: connections that arrive from other hosts; `out`: those that leave, or stay here; or both."""
    user: str | None = None
    """Only connections of this user's processes, by name or number; only those that leave, or stay here."""
    cgroup: str | None = Field(default=None, pattern=r"^(/[A-Za-z0-9_.@:\\-]+)+$")
    r"""Only connections of processes in this cgroup (version 2): `/system.slice/shop.service`."""
    namespace: Namespace | None = None
    """The network namespace, as `ip netns` lists it; without it, the one that Seatrial runs in."""
    open_connections: Open = Open.LEAVE
    """Those that are open before: `leave` them alone, or `reset` them, so that the next ones are hit."""
    share: Share = Field(default=1.0, gt=0)
    """The share of the connections that is hit, by chance."""
    seed: int = Field(default=0, ge=0)
    """For this chance."""

    @model_validator(mode="after")
    def _one_means(self) -> "Proxying":
        given = [name for name in _WHOM if getattr(self, name) != type(self).model_fields[name].default]
        if self.proxy is not None and given:
            raise ValueError(f"`proxy` says whose connections are hit: leave out {', '.join(given)}")
        if self.proxy is None and not self._says_whom():
            raise ValueError(
                "say whose connections: `port`, `addresses`, `user`, `cgroup`, `namespace`, or give a `proxy`"
            )
        if (self.user or self.cgroup) and self.direction is Direction.IN:
            raise ValueError("connections that arrive have no `user` or `cgroup` here")
        return self

    def _says_whom(self) -> bool:
        return bool(self.port or self.addresses or self.user or self.cgroup or self.namespace)

    def settings(self) -> dict[str, Any]:
        """What the fault is, beside its kind."""
        raise NotImplementedError

    def fault(self) -> dict[str, Any]:
        """As a proxy takes it."""
        stream = getattr(self, "stream", Stream.BOTH)
        return {
            "kind": self.kind,
            "settings": self.settings(),
            "stream": stream,
            "share": self.share,
            "seed": self.seed,
        }

    def prepare(self, target: Any, lease: Lease) -> Proxied:
        """Choose the names."""
        if namespaces.is_gone(self.namespace):
            raise Fatal(f"there is no network namespace {self.namespace}")
        return Proxied(lease=lease.id, table=programs.table_of(lease.id), lets_go_after_s=lease.max_hold_s)

    def apply(self, target: Any, state: Proxied) -> None:
        """Tell the proxy that is there, or start one behind a redirect of its own."""
        if reason := self.refusal(target):
            raise Fatal(reason)
        if self.proxy is not None:
            self._ask("put", state, fault=self.fault(), ends_in_s=state.lets_go_after_s)
        else:
            hold(state.lease, _HELD, json.dumps(self._held(state)), ends_in_s=state.lets_go_after_s)

    def undo(self, target: Any, state: Proxied) -> None:
        """Tell the proxy, or end the one that was started: the kernel deletes its redirect with it."""
        if self.proxy is not None:
            self._ask("take", state)
        elif not end_held(state.lease):
            raise Retryable("the proxy is still there, though it was killed")

    def is_undone(self, target: Any, state: Proxied) -> bool:
        """Neither the fault nor a redirect is there."""
        if self.proxy is not None:
            return not self._ask("look", state)
        return not held(state.lease) and f"table inet {state.table}" not in self._nft("list tables inet")

    def has_effect(self, target: Any, state: Proxied) -> bool:
        """The proxy is there, and so is its redirect."""
        if self.proxy is not None:
            return self._ask("look", state)
        return bool(held(state.lease)) and "ipv4" in self._nft(f"list set inet {state.table} live")

    def refusal(self, target: Any) -> str | None:
        """Nobody who is not there."""
        if self.proxy is not None:
            return self._refusal_of_the_proxy()
        return namespaces.why_not(self.namespace) or senders.missing(self.user, self.cgroup)

    def also_hits(self, target: Any) -> list[EndpointTarget]:
        """The port, of this host or of the namespace; what `proxy` serves is its owner's choice."""
        return namespaces.endpoints(self.namespace, None if self.proxy is not None else self.port)

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user lacks."""
        if self.proxy is not None:
            return []
        return programs.missing("nft", namespaced=self.namespace is not None)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks for a redirect."""
        lacking = programs.missing("nft") or missing_redirect()
        return [f"{one} (not needed with `proxy`)" for one in lacking]

    def _refusal_of_the_proxy(self) -> str | None:
        assert self.proxy is not None
        try:
            return self._unable(control.ask(*split_address(self.proxy), {"do": "look", "lease": ""}))
        except TimeoutError:
            return f"the proxy at {self.proxy} does not answer"
        except (control.NoProxy, ValueError, OSError) as error:
            return str(error)

    def _unable(self, said: control.Message) -> str | None:
        """Why the standing proxy that says this of itself cannot do it, or None."""
        return None

    def _ask(self, what: str, state: Proxied, **more: object) -> bool:
        """Whether the standing proxy has this fault now; one that is gone has none."""
        assert self.proxy is not None
        try:
            return bool(
                control.ask(*split_address(self.proxy), {"do": what, "lease": state.lease, **more})["has"]
            )
        except control.NoProxy as error:
            if what == "put":
                raise Fatal(str(error)) from None
            return False
        except TimeoutError:
            raise Retryable(f"the proxy at {self.proxy} does not answer") from None
        except ValueError as error:
            raise Fatal(f"the proxy at {self.proxy} refuses: {error}") from None

    def _nft(self, question: str) -> str:
        """What nft says; nothing of what is not there."""
        if namespaces.is_gone(self.namespace):
            return ""
        told = programs.run(self.namespace, "nft", question)
        if not told.ok and "No such file" not in told.stderr:
            raise Retryable(f"nft refuses: {told.describe()}")
        return told.stdout

    def _held(self, state: Proxied) -> dict[str, Any]:
        """What the process gets that holds the fault."""
        theirs = self.user is not None or self.cgroup is not None
        return {
            "library": None,
            "namespace": str(namespaces.FOLDER / self.namespace) if self.namespace else None,
            "fault": self.fault(),
            "redirect": {
                "table": state.table,
                "level": free_level(self.namespace, state.lease),
                "port": self.port,
                "addresses": self.addresses,
                "arriving": self.direction is not Direction.OUT and not theirs,
                "leaving": self.direction is not Direction.IN,
                "sender": senders.in_words(self.user, self.cgroup),
                "spared": sorted({SSH, *(own_ports() if self.namespace is None else ())}),
                "reset_open": self.open_connections is Open.RESET,
            },
        }
