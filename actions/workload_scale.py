"""workload.scale: fewer replicas of a Deployment or StatefulSet, or more."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from seatrial.api import Action, Edit, Field, KubernetesTarget, Lease, Patched, Patching


class WorkloadScale(Patching, Action[KubernetesTarget, Patched]):
    """Sets the number of replicas: a deployment scaled by mistake, or a part of it that is lost and stays so.

    Where an autoscaler looks after the workload it would put the number back: hit the autoscaler's bounds
    by `autoscaler.bounds` instead; this action refuses.
    """

    name: ClassVar[str] = "workload.scale"
    hits: ClassVar[tuple[str, ...]] = ("Deployment", "StatefulSet", "ReplicaSet")
    needs: ClassVar[str] = "get, patch on the workload"

    replicas: int = Field(ge=0, le=10_000)
    """How many there are to be."""

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Any]) -> Iterable[Any]:
        """As many as will be missing; which of them the workload chooses."""
        return pods[self.replicas :]

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        yield Edit(("spec", "replicas"), self.replicas)

    def undo(self, target: KubernetesTarget, state: Patched) -> None:
        """Set the former number of replicas again, unless somebody else has changed it since."""
        super().undo(target, state)
