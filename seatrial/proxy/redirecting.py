"""What faults behind a redirect share: the four verbs, whose connections they hit, and what they refuse."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from seatrial.action import AgentNeeds, Lease
from seatrial.errors import Fatal, Retryable
from seatrial.held.hold import end_held, held
from seatrial.held.holding import Held
from seatrial.kernel import namespaces, programs
from seatrial.kernel.namespaces import Namespace
from seatrial.model.base import Model
from seatrial.proxy import senders
from seatrial.proxy.levels import free_level, missing_redirect


class Proxied(Held):
    """A fault of a proxy. It is found by its lease: a process of its own, or an entry in a standing proxy."""

    table: str


class Redirecting(Model):
    """A process of its own, behind a redirect that dies with it; put it before `Action`."""

    script: ClassVar[Path]
    """What the process runs; it is told what `held_with` says, as JSON."""
    libraries: ClassVar[tuple[str, ...]] = ()
    """What it needs beside the standard library."""

    user: str | None = None
    """Only connections of this user's processes, by name or number; only those that leave, or stay here."""
    cgroup: str | None = Field(default=None, pattern=r"^(/[A-Za-z0-9_.@:\\-]+)+$")
    r"""Only connections of processes in this cgroup (version 2): `/system.slice/shop.service`."""
    namespace: Namespace | None = None
    """The network namespace, as `ip netns` lists it; without it, the one that Seatrial runs in."""

    def held_with(self) -> dict[str, Any]:
        """What its process has to know of the fault, and under `redirect` of whom it hits."""
        raise NotImplementedError

    def prepare(self, target: Any, lease: Lease) -> Proxied:
        """Choose the names."""
        if namespaces.is_gone(self.namespace):
            raise Fatal(f"there is no network namespace {self.namespace}")
        return Proxied(table=programs.table_of(lease.id), **Held.of(lease).model_dump())

    def apply(self, target: Any, state: Proxied) -> None:
        """Start the process; returns once its redirect is there."""
        if reason := self.refusal(target):
            raise Fatal(reason)
        state.begin(self.script, told=json.dumps(self._told(state)))

    def undo(self, target: Any, state: Proxied) -> None:
        """End the process: the kernel deletes its redirect with it."""
        if not end_held(state.lease):
            raise Retryable("the proxy is still there, though it was killed")

    def is_undone(self, target: Any, state: Proxied) -> bool:
        """Neither the process nor its redirect is there."""
        return not held(state.lease) and f"table inet {state.table}" not in self._nft("list tables inet")

    def has_effect(self, target: Any, state: Proxied) -> bool:
        """Both are there."""
        return bool(held(state.lease)) and "ipv4" in self._nft(f"list set inet {state.table} live")

    def refusal(self, target: Any) -> str | None:
        """Nobody who is not there."""
        return namespaces.why_not(self.namespace) or senders.missing(self.user, self.cgroup)

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user lacks."""
        return programs.missing("nft", namespaced=self.namespace is not None)

    def agent_needs(self) -> AgentNeeds:
        """A pod's network belongs to all of its containers."""
        if self.cgroup is not None:
            raise Fatal("a pod does not see its cgroups by these names: leave out `cgroup`")
        return namespaces.agent_needs(self.namespace)

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks for a redirect."""
        return programs.missing("nft") or missing_redirect()

    def _told(self, state: Proxied) -> dict[str, Any]:
        given = self.held_with()
        given["redirect"] |= {
            "table": state.table,
            "level": free_level(self.namespace, state.lease),
            "sender": senders.in_words(self.user, self.cgroup),
        }
        namespace = str(namespaces.FOLDER / self.namespace) if self.namespace else None
        return {**given, "namespace": namespace, "libraries": _folders_of(self.libraries)}

    def _nft(self, question: str) -> str:
        """What nft says; nothing of what is not there."""
        if namespaces.is_gone(self.namespace):
            return ""
        told = programs.run(self.namespace, "nft", question)
        if not told.ok and "No such file" not in told.stderr:
            raise Retryable(f"nft refuses: {told.describe()}")
        return told.stdout


def _folders_of(libraries: tuple[str, ...]) -> list[str]:
    """Where Python finds them: the process that is held has no path but Python's own."""
    found = [spec.origin for one in libraries if (spec := find_spec(one)) and spec.origin]
    return sorted({str(Path(origin).parents[1]) for origin in found})
