"""What the faults of nftables share: the four verbs, and what they refuse."""

from typing import Any

from pydantic import Field

from seatrial.action import Lease
from seatrial.errors import Fatal, Retryable
from seatrial.kernel import programs
from seatrial.kernel.programs import Namespace
from seatrial.kernel.rules import SSH, Direction, Network, Packets, ruleset
from seatrial.model.base import Model
from seatrial.shell import Finished, end_line


class Table(Model):
    """The table of a fault; deleting it takes the fault away."""

    name: str
    lease: str
    lets_go_after_s: float


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
        if programs.is_gone(self.namespace):
            raise Fatal(f"there is no network namespace {self.namespace}")
        return Table(name=programs.table_of(lease.id), lease=lease.id, lets_go_after_s=lease.max_hold_s)

    def apply(self, target: Any, state: Table) -> None:
        """One transaction: all of the table, or nothing."""
        done = self._nft(self._script(state), mark=state.lease)
        if not done.ok:
            raise Fatal(f"nft refuses: {done.describe()}")

    def undo(self, target: Any, state: Table) -> None:
        """Delete the table that was made for it, and no other."""
        if not end_line(state.lease):
            raise Retryable("an nft that was killed is still going on")
        if programs.is_gone(self.namespace):
            return
        done = self._nft(f"add table inet {state.name}\ndelete table inet {state.name}")
        if not done.ok:
            raise Retryable(f"nft refuses: {done.describe()}")

    def is_undone(self, target: Any, state: Table) -> bool:
        """The table is not there."""
        if programs.is_gone(self.namespace):
            return True
        listed = self._nft("list tables inet")
        if not listed.ok:
            raise Retryable(f"nft refuses: {listed.describe()}")
        return f"table inet {state.name}" not in listed.stdout.splitlines()

    def has_effect(self, target: Any, state: Table) -> bool:
        """The table is there, and its time is not over."""
        return "ipv4" in self._nft(f"list set inet {state.name} live").stdout

    def refusal(self, target: Any) -> str | None:
        """Never ssh, never everybody, never what the run itself needs."""
        if self.port is None and not self.addresses:
            return "neither `port` nor `addresses` is given: it would cut this host off from everybody"
        if self.port == SSH:
            return "port 22 is how people reach a machine when all else has failed"
        if self.namespace is None and self.port in own_ports():
            return f"port {self.port} is the run's own"
        if programs.is_gone(self.namespace):
            return f"there is no network namespace {self.namespace}: `ip netns` lists those that are there"
        return None

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user lacks."""
        return programs.missing("nft", namespaced=self.namespace is not None)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return programs.missing("nft")

    def _nft(self, script: str, mark: str = "") -> Finished:
        return programs.run(self.namespace, "nft", script, mark=mark)

    def _script(self, state: Table) -> str:
        packets = Packets(self.port, self.addresses, self.direction)
        return "\n".join(ruleset(state.name, packets, self.effects, state.lets_go_after_s))


def own_ports() -> set[int]:
    """The ports that this process and those above it listen on."""
    import psutil

    from seatrial.targets.process import own_family

    family = own_family() - {1}
    found = psutil.net_connections(kind="inet")
    listening = [one for one in found if one.pid in family and one.status == psutil.CONN_LISTEN]
    return {one.laddr[1] for one in listening if one.laddr}
