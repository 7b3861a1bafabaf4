"""autoscaler.bounds: an autoscaler that may not go as high as it would, or as low."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from seatrial.api import (
    Action,
    Edit,
    Fatal,
    FaultError,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Ref,
    Right,
    cluster_at,
    kube_asking,
    kube_rights,
    model_validator,
    surroundings,
)


class AutoscalerBounds(Patching, Action[KubernetesTarget, Patched]):
    """Sets the bounds of the HorizontalPodAutoscaler that looks after a workload; its replicas follow.

    So a workload with an autoscaler loses replicas, or gets too many, and stays so: `workload.scale` would
    be put right by the autoscaler within seconds. The replicas follow within the autoscaler's period, mostly
    15 s, at the beginning and after the undo alike.
    """

    name: ClassVar[str] = "autoscaler.bounds"
    hits: ClassVar[tuple[str, ...]] = ("Deployment", "StatefulSet")
    needs: ClassVar[str] = "get on the workload, list, get, patch on horizontalpodautoscalers"
    undo_in_words: ClassVar[str] = (
        "Set the former bounds again, unless another has changed them; the replicas follow in seconds."
    )

    min_replicas: int | None = Field(default=None, ge=1, le=10_000)
    """The least that there are to be; without it as it is."""
    max_replicas: int | None = Field(default=None, ge=1, le=10_000)
    """The most that there may be; without it as it is."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min_replicas is None and self.max_replicas is None:
            raise ValueError("say `min_replicas`, `max_replicas` or both")
        return self

    @property
    def effect_within_s(self) -> float:
        """The autoscaler looks every 15 s, if nothing else was set."""
        return 45.0

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Any]) -> Iterable[Any]:
        """As many as will be missing."""
        return () if self.max_replicas is None else pods[self.max_replicas :]

    def subject(self, target: KubernetesTarget) -> Ref:
        """The autoscaler of the workload."""
        with kube_asking():
            found = surroundings.autoscaler_of(target.access, target.object)
        if found is None:
            raise Fatal("no autoscaler looks after it: use workload.scale")
        return surroundings.ref_of("HorizontalPodAutoscaler", found)

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """Both bounds have to fit together."""
        least = self.min_replicas or found["spec"].get("minReplicas", 1)
        most = self.max_replicas or found["spec"]["maxReplicas"]
        if least > most:
            raise Fatal(f"at least {least} and at most {most} replicas: give the other bound as well")
        if self.min_replicas is not None:
            yield Edit(("spec", "minReplicas"), self.min_replicas)
        if self.max_replicas is not None:
            yield Edit(("spec", "maxReplicas"), self.max_replicas)

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To find the autoscaler, to change it, and to see the replicas follow."""
        yield from kube_rights.on(target.object, "get")
        yield from kube_rights.on_kind("HorizontalPodAutoscaler", target.object.namespace, "list")
        try:
            yield from super().rights(target)
        except FaultError:
            return  # there is none, or it cannot be seen: told beside this

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """The workload has replicas within the bounds."""
        workload = cluster_at(target.access).find(target.object.path) or {}
        replicas = int((workload.get("spec") or {}).get("replicas") or 0)
        return int(found["spec"].get("minReplicas", 1)) <= replicas <= int(found["spec"]["maxReplicas"])
