"""Faults that end a pod for good: that its owner brings it back is asserted in place of an undo."""

from collections.abc import Iterable
from typing import ClassVar

from seatrial.action import Lease
from seatrial.errors import Fatal
from seatrial.kube import rights
from seatrial.kube.client import Json
from seatrial.kube.objects import is_terminating
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.kubefaults import owners
from seatrial.kubefaults.acting import Acting, asking, present
from seatrial.model.base import Model
from seatrial.targets.target import KubernetesTarget


class WasReady(Model):
    """An ended pod has no way back; what is looked for is that its owner has as many as before."""

    owner: Ref
    """At the top of the chain: the Deployment, not its ReplicaSet, for a rollout may come between."""
    ready: int
    """How many pods of this owner were ready, the target among them if it was."""


class Ending(Acting):
    """The four verbs of a fault that ends a pod; put it before `Action`. Implement `end`."""

    hits: ClassVar[tuple[str, ...]] = ("Pod",)
    only_asks: ClassVar[bool] = True
    irreversible: ClassVar[bool] = True

    def end(self, target: KubernetesTarget) -> bool:
        """Have it ended, if it is the one with this uid; False where that was gone."""
        raise NotImplementedError

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To look at the pod, and at what brings it back."""
        yield from rights.on(target.object, "get")
        yield from owners.rights_to_count(target)

    def refusal(self, target: KubernetesTarget) -> str | None:
        """A pod that nobody brings back is lost for good."""
        if (why := super().refusal(target)) is not None:
            return why
        if target.workload is None:
            return "no workload owns it, so nothing would bring it back"
        return None

    def prepare(self, target: KubernetesTarget, lease: Lease) -> WasReady:
        """Find its owner, and how many pods that has ready."""
        with asking():
            pod = _as_planned(target)
            owner = owners.owner_of(target.access, pod)
            if owner is None:
                raise Fatal(f"{target.object.label} has no owner that would bring it back")
            return WasReady(owner=owner, ready=owners.ready_before(target.access, owner))

    def apply(self, target: KubernetesTarget, state: WasReady) -> None:
        """End it, if it is still the very pod of the plan: the API compares the uid."""
        with asking():
            if not self.end(target):
                raise Fatal(f"{target.object.label} is gone")

    def undo(self, target: KubernetesTarget, state: WasReady) -> None:
        """Nothing: its owner has to have as many ready pods as before, and that is asserted."""

    def is_undone(self, target: KubernetesTarget, state: WasReady) -> bool:
        """Never ended; or gone, with as many ready pods as its owner had, or as that wants by now."""
        with asking():
            pod = present(target.access, target.object)
            if pod is not None:
                return not is_terminating(pod)
            return owners.is_satisfied(target.access, state.owner, state.ready)

    def has_effect(self, target: KubernetesTarget, state: WasReady) -> bool:
        """It is on its way out: no service sends anything to it from then on."""
        with asking():
            pod = present(target.access, target.object)
            return pod is None or is_terminating(pod)


def _as_planned(target: KubernetesTarget) -> Json:
    """The very pod of the plan, and not on its way out; raises Fatal."""
    pod = present(target.access, target.object)
    if pod is None:
        raise Fatal(f"{target.object.label} is gone")
    if is_terminating(pod):
        raise Fatal(f"{target.object.label} is on its way out already")
    return pod
