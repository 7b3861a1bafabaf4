"""What the faults of traffic control share: a queue of one's own in the place of the kernel's usual one.

The kernel gives its usual queue the handle `0:` and puts it back when another one is deleted. A root
queue with any other handle is somebody's, and is never touched.
"""

import json
from typing import Any

from seatrial.action import Lease
from seatrial.errors import Fatal, Retryable
from seatrial.kernel import namespaces, programs
from seatrial.kernel.namespaces import Namespace
from seatrial.kernel.programs import Interface
from seatrial.model.base import Model
from seatrial.shell import end_line

USUAL = "0:"


class Queue(Model):
    """The queue of a fault; deleting it brings the usual one back."""

    handle: str
    """Of its own, from the lease: `8f3a:`."""
    lease: str


class Shaping(Model):
    """The four verbs of a fault that is a root queue; put it before `Action`, say `settings`."""

    interface: Interface
    """The interface, as `ip link` lists it. What leaves by it is hit; what arrives is not."""
    namespace: Namespace | None = None
    """The network namespace, as `ip netns` lists it; without it, the one that Seatrial runs in."""

    def settings(self) -> list[str]:
        """The queue in the words of tc, beginning with its kind."""
        raise NotImplementedError

    def prepare(self, target: Any, lease: Lease) -> Queue:
        """Choose the handle."""
        if reason := self.refusal(target):
            raise Fatal(reason)
        return Queue(handle=programs.handle_of(lease.id), lease=lease.id)

    def apply(self, target: Any, state: Queue) -> None:
        """Add it where there is only the usual one; tc refuses where another is."""
        words = ("add", "dev", self.interface, "root", "handle", state.handle, *self.settings())
        done = programs.run(self.namespace, "tc", "qdisc", *words, mark=state.lease)
        if not done.ok:
            raise Fatal(f"tc refuses: {done.describe()}")

    def undo(self, target: Any, state: Queue) -> None:
        """Delete the queue that was made for it, and no other."""
        if not end_line(state.lease):
            raise Retryable("a tc that was killed is still going on")
        if self._root() != state.handle:
            return
        words = ("del", "dev", self.interface, "root", "handle", state.handle)
        done = programs.run(self.namespace, "tc", "qdisc", *words)
        if not done.ok:
            raise Retryable(f"tc refuses: {done.describe()}")

    def is_undone(self, target: Any, state: Queue) -> bool:
        """The queue is not there."""
        return self._root() != state.handle

    def has_effect(self, target: Any, state: Queue) -> bool:
        """The queue is there."""
        return self._root() == state.handle

    def refusal(self, target: Any) -> str | None:
        """Never a queue of somebody else."""
        if reason := namespaces.why_not(self.namespace):
            return reason
        if programs.missing("tc", namespaced=self.namespace is not None):
            return None  # what is missing is told as such
        root = self._root()
        if root is None:
            return f"there is no interface {self.interface}: `ip link` lists those that are there"
        if root != USUAL:
            return f"{self.interface} has a root queue of somebody else already: {root}"
        return None

    def changes(self, target: Any) -> list[str]:
        """The root queue: there is only one."""
        return [f"the queue of {self.interface} in {self.namespace or 'this namespace'}"]

    def missing_privileges(self, target: Any) -> list[str]:
        """What this user or this kernel lacks."""
        return self.lacking(self.settings(), namespaced=self.namespace is not None)

    @staticmethod
    def lacking(settings: list[str], *, namespaced: bool = False) -> list[str]:
        """What this user or this kernel lacks for such a queue, tried out of everybody's way."""
        if missing := programs.missing("tc", namespaced=namespaced):
            return missing
        if programs.missing("unshare", namespaced=True) or programs.knows_qdisc(*settings):
            return []  # or it cannot be tried: then apply tells
        return [f"{settings[0]} in this kernel, its module sch_{settings[0]}"]

    def _root(self) -> str | None:
        """The handle of the root queue; None where there is no such interface any more."""
        if namespaces.is_gone(self.namespace):
            return None
        shown = programs.run(self.namespace, "tc", "-j", "qdisc", "show", "dev", self.interface)
        if not shown.ok:
            if "Cannot find device" in shown.stderr:
                return None
            raise Retryable(f"tc refuses: {shown.describe()}")
        roots: list[str] = [one["handle"] for one in json.loads(shown.stdout or "[]") if one.get("root")]
        return roots[0] if roots else USUAL
