"""workload.scale: fewer replicas of a Deployment or StatefulSet, or more."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fatal,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Right,
    kube_rights,
    surroundings,
)


class WorkloadScale(Patching, Action[KubernetesTarget, Patched]):
    """Sets the number of replicas: a deployment scaled by mistake, or a part of it that is lost and stays so.

    Where an autoscaler looks after the workload it would put the number back: hit the autoscaler's bounds
    by `autoscaler.bounds` instead; this action refuses.
    """

    name: ClassVar[str] = "workload.scale"
    hits: ClassVar[tuple[str, ...]] = ("Deployment", "StatefulSet", "ReplicaSet")
    needs: ClassVar[str] = "get, patch on the workload; list on horizontalpodautoscalers"
    undo_in_words: ClassVar[str] = (
        "Set the former number of replicas again, unless somebody else has changed it since."
    )

    replicas: int = Field(ge=0, le=10_000)
    """How many there are to be."""

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Any]) -> Iterable[Any]:
        """As many as will be missing; which of them the workload chooses."""
        return pods[self.replicas :]

    @property
    def effect_within_s(self) -> float:
        """Until the controller has made or ended the pods; with hundreds of workloads it takes its time."""
        return 30.0

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """Refuses where another would put the number back, or where volumes would go with it."""
        if (owner := surroundings.controller_of(found)) is not None:
            raise Fatal(f"{owner} would put the number back: hit that instead")
        if (scaler := surroundings.autoscaler_of(target.access, target.object)) is not None:
            name = scaler["metadata"]["name"]
            raise Fatal(f"the autoscaler {name} would put the number back: use autoscaler.bounds")
        retained = found["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
        if retained.get("whenScaled") == "Delete" and self.replicas < found["spec"]["replicas"]:
            raise Fatal("its volumes would go with its pods (whenScaled: Delete), and never come back")
        yield Edit(("spec", "replicas"), self.replicas)

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """And to see whether an autoscaler looks after it."""
        yield from super().rights(target)
        yield from kube_rights.on_kind("HorizontalPodAutoscaler", target.object.namespace, "list")

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """There are as many pods as were asked for."""
        return int((found.get("status") or {}).get("replicas") or 0) == self.replicas
