"""What the faults of nftables share: the four verbs, and what they refuse."""

from typing import Any

from pydantic import Field

from seatrial.action import AgentNeeds, Lease
from seatrial.errors import Fatal, Retryable
from seatrial.kernel import lapse, namespaces, programs
from seatrial.kernel.namespaces import Namespace
from seatrial.kernel.rules import Direction, Network, Packets, ruleset
from seatrial.model.base import Model
from seatrial.shell import Finished, end_line
from seatrial.targets.target import EndpointTarget


class Table(Model):
    """The table of a fault; deleting it takes the fault away."""

    name: str
    lease: str
    lets_go_after_s: float
    """After it was made or last renewed."""


class Filtering(Model):
    """The four verbs of a fault that is a table of rules; put it before `Action` and say `effects`."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Only packets from or to this TCP or UDP port, whichever side has it."""
    addresses: tuple[Network, ...] = ()
    """Only packets from or to these peers, each an address or a network."""
    direction: Direction = Direction.BOTH
    """`in`: what arrives; `out`: what leaves; or both."""
    namespace: Namespace | None = None
    """The network namespace, as `ip netns` lists it; without it, the one that Seatrial runs in."""

    def effects(self, *, tcp: bool) -> str | None:
        """What is done with a packet, in the words of nft; None: nothing of its own for TCP."""
        raise NotImplementedError

    def prepare(self, target: Any, lease: Lease) -> Table:
        """Choose the name of the table."""
        if namespaces.is_gone(self.namespace):
            raise Fatal(f"there is no network namespace {self.namespace}")
        lives_s = min(lease.max_hold_s, lapse.LIVES_S) if lease.ends_with_holder else lease.max_hold_s
        return Table(name=programs.table_of(lease.id), lease=lease.id, lets_go_after_s=lives_s)

    def apply(self, target: Any, state: Table) -> None:
        """One transaction: all of the table, or nothing."""
        done = self._nft(self._script(state), mark=state.lease)
        if not done.ok:
            raise Fatal(f"nft refuses: {done.describe()}")

    def renew(self, target: Any, state: Table) -> None:
        """Let it live as long again as it did at the beginning."""
        done = self._nft(lapse.renewal(state.name, state.lets_go_after_s), mark=state.lease)
        if not done.ok:
            raise Retryable(f"nft refuses: {done.describe()}")

    def undo(self, target: Any, state: Table) -> None:
        """Delete the table that was made for it, and no other."""
        if not end_line(state.lease):
            raise Retryable("an nft that was killed is still going on")
        if namespaces.is_gone(self.namespace):
            return
        done = self._nft(f"add table inet {state.name}\ndelete table inet {state.name}")
        if not done.ok:
            raise Retryable(f"nft refuses: {done.describe()}")

    def is_undone(self, target: Any, state: Table) -> bool:
        """The table is not there."""
        if namespaces.is_gone(self.namespace):
            return True
        listed = self._nft("list tables inet")
        if not listed.ok:
            raise Retryable(f"nft refuses: {listed.describe()}")
        return f"table inet {state.name}" not in listed.stdout.splitlines()

    def has_effect(self, target: Any, state: Table) -> bool:
        """The table is there, and its time is not over."""
        return "ipv4" in self._nft(f"list set inet {state.name} live").stdout

    def refusal(self, target: Any) -> str | None:
        """Never everybody."""
        if self.port is None and not self.addresses:
            return "neither `port` nor `addresses` is given: it would cut this host off from everybody"
        return namespaces.why_not(self.namespace)

    def also_hits(self, target: Any) -> list[EndpointTarget]:
        """The port, of this host or of the namespace."""
        return namespaces.endpoints(self.namespace, self.port)

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user lacks."""
        return programs.missing("nft", namespaced=self.namespace is not None)

    def agent_needs(self) -> AgentNeeds:
        """A pod's network belongs to all of its containers."""
        return namespaces.agent_needs(self.namespace)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return programs.missing("nft")

    def _nft(self, script: str, mark: str = "") -> Finished:
        return programs.run(self.namespace, "nft", script, mark=mark)

    def _script(self, state: Table) -> str:
        packets = Packets(self.port, self.addresses, self.direction)
        return "\n".join(ruleset(state.name, packets, self.effects, state.lets_go_after_s))
