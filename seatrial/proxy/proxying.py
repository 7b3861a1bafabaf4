"""What the faults of the proxy share: whose connections they hit, the four verbs, and what they refuse."""

from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from seatrial.errors import Fatal, Retryable
from seatrial.kernel import namespaces
from seatrial.kernel.rules import Direction, Network
from seatrial.model.fields import Share
from seatrial.proxy import control
from seatrial.proxy.faults import Stream
from seatrial.proxy.redirecting import Proxied, Redirecting
from seatrial.targets.protected import SSH, own_ports
from seatrial.targets.selector import Address, split_address
from seatrial.targets.target import EndpointTarget

_WHOM = ("port", "addresses", "direction", "user", "cgroup", "namespace", "open_connections")


class Open(StrEnum):
    """What happens to connections that were open before the fault."""

    LEAVE = "leave"
    RESET = "reset"


class Proxying(Redirecting):
    """The four verbs of a fault that a proxy makes; put it before `Action` and say `kind` and `settings`."""

    script: ClassVar[Path] = Path(__file__).with_name("held.py")
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

    def held_with(self) -> dict[str, Any]:
        theirs = self.user is not None or self.cgroup is not None
        return {
            "fault": self.fault(),
            "redirect": {
                "port": self.port,
                "addresses": self.addresses,
                "arriving": self.direction is not Direction.OUT and not theirs,
                "leaving": self.direction is not Direction.IN,
                "spared": sorted({SSH, *(own_ports() if self.namespace is None else ())}),
                "reset_open": self.open_connections is Open.RESET,
            },
        }

    def apply(self, target: Any, state: Proxied) -> None:
        """Tell the proxy that is there, or start one behind a redirect of its own."""
        if self.proxy is None:
            super().apply(target, state)
            return
        if reason := self.refusal(target):
            raise Fatal(reason)
        self._ask("put", state, fault=self.fault(), ends_in_s=state.lets_go_after_s)

    def undo(self, target: Any, state: Proxied) -> None:
        """Tell the proxy, or end the one that was started: the kernel deletes its redirect with it."""
        if self.proxy is None:
            super().undo(target, state)
        else:
            self._ask("take", state)

    def is_undone(self, target: Any, state: Proxied) -> bool:
        """Neither the fault nor a redirect is there."""
        return super().is_undone(target, state) if self.proxy is None else not self._ask("look", state)

    def has_effect(self, target: Any, state: Proxied) -> bool:
        """The proxy is there, and so is its redirect."""
        return super().has_effect(target, state) if self.proxy is None else self._ask("look", state)

    def refusal(self, target: Any) -> str | None:
        """Nobody who is not there."""
        return super().refusal(target) if self.proxy is None else self._refusal_of_the_proxy()

    def also_hits(self, target: Any) -> list[EndpointTarget]:
        """The port, of this host or of the namespace; what `proxy` serves is its owner's choice."""
        return namespaces.endpoints(self.namespace, None if self.proxy is not None else self.port)

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user lacks."""
        return super().missing_privileges(target) if self.proxy is None else []

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks for a redirect."""
        return [f"{one} (not needed with `proxy`)" for one in super().missing_here()]

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
