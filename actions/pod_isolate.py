"""pod.isolate: a pod that its services do not find."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    ABSENT,
    KINDS,
    Action,
    Edit,
    Fatal,
    Fate,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Right,
    kube_rights,
    surroundings,
)


class PodIsolate(Patching, Action[KubernetesTarget, Patched]):
    """Takes away the labels by which services find a pod: it runs on, and gets no requests any more.

    A label that the pod's owner goes by as well would make that leave the pod and make another one: such a
    pod is refused, unless `leave_workload` says that it is meant.
    """

    name: ClassVar[str] = "pod.isolate"
    hits: ClassVar[tuple[str, ...]] = ("Pod",)
    pods_are: ClassVar[Fate] = "cut off"
    needs: ClassVar[str] = "get, patch on pods, list on services and endpointslices, get on the pod's owner"
    undo_in_words: ClassVar[str] = "Put the labels back: its services find it again."

    leave_workload: bool = False
    """Whether the pod may be lost to its owner, which makes another; after the undo one of the two goes."""

    @property
    def effect_within_s(self) -> float:
        """Until the controller has taken its addresses away."""
        return 10.0

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """One label for each service that finds it."""
        services = surroundings.services_of(target.access, found)
        if not services:
            raise Fatal("no service sends it requests")
        kept = set() if self.leave_workload else surroundings.labels_of_owner(target.access, found)
        gone: set[str] = set()
        for service in services:
            free = sorted(set(service["spec"]["selector"]) - kept)
            if not free:
                name = service["metadata"]["name"]
                raise Fatal(f"service {name} finds it by labels that its owner goes by: see `leave_workload`")
            gone.add(free[0])
        yield from (Edit(("metadata", "labels", label), ABSENT) for label in sorted(gone))

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """And to see the services, their endpoints and the pod's owner."""
        yield from super().rights(target)
        namespace = target.object.namespace
        yield from kube_rights.on_kind("Service", namespace, "list")
        yield from kube_rights.on_kind("EndpointSlice", namespace, "list")
        kind = (target.workload or "").partition("/")[0].replace("Deployment", "ReplicaSet")
        if kind in KINDS:
            yield from kube_rights.on_kind(kind, namespace, "get")

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """No service has an address of it."""
        return not surroundings.is_endpoint(target.access, target.object)
