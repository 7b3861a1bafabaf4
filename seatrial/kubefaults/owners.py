"""Who brings a pod back, and whether it has: looked at in the pods, for a status lags behind them."""

from collections.abc import Iterable
from typing import Final

from seatrial.kube import rights
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster, cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import Owner, is_ready, is_true, label_query, metadata, owner
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.targets.target import KubernetesTarget

_KNOWN: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")


def owner_of(access: Access, pod: Json) -> Ref | None:
    """At the top of the pod's chain of owners; None where nobody that is known here brings it back."""
    namespace, found = metadata(pod)["namespace"], owner(pod)
    if found is None or found.kind not in _KNOWN:
        return None
    if found.kind == "ReplicaSet":
        between = cluster_at(access).find(KINDS["ReplicaSet"].path(namespace, found.name))
        above = owner(between) if between is not None else None
        found = above if above is not None and above.kind in _KNOWN else found
    return _as_ref(namespace, found)


def _as_ref(namespace: str, found: Owner) -> Ref:
    return Ref(kind=found.kind, namespace=namespace, name=found.name, uid=found.uid)


def ready_before(access: Access, workload: Ref) -> int:
    """How many of its pods are ready while nothing is hit, by its own word. Raises KubeError."""
    found = cluster_at(access).find(workload.path)
    return 0 if found is None else _ready_by_status(workload.kind, found)


def _ready_by_status(kind: str, found: Json) -> int:
    status = found.get("status") or {}
    return int(status.get({"DaemonSet": "numberReady", "Job": "ready"}.get(kind, "readyReplicas")) or 0)


def _ready(cluster: Cluster, workload: Ref, found: Json) -> list[Json]:
    pods = cluster.list_all(
        KINDS["Pod"].collection(workload.namespace), labelSelector=label_query(found["spec"]["selector"])
    )
    return [pod for pod in pods if is_ready(pod) and owner(pod) is not None]


def is_satisfied(access: Access, workload: Ref, ready: int) -> bool:
    """Whether it has as many ready pods as before, or as many as it wants by now. Raises KubeError."""
    cluster = cluster_at(access)
    found = cluster.find(workload.path)
    if found is None:
        return False
    if workload.kind == "Job" and is_true(found, "Complete"):
        return True
    wanted = wanted_pods(workload.kind, found)
    enough = ready if wanted is None else min(ready, wanted)
    # A status that lags says too many, for pods that have gone: only then they are looked at.
    is_told = _ready_by_status(workload.kind, found) >= enough
    return is_told and len(_ready(cluster, workload, found)) >= enough


def wanted_pods(kind: str, found: Json) -> int | None:
    """How many pods a workload wants to have ready; None where that is no number of its own, as of a Job."""
    if kind == "DaemonSet":
        return int((found.get("status") or {}).get("desiredNumberScheduled") or 0)
    count = (found.get("spec") or {}).get("replicas")
    return None if count is None else int(count)


def rights_to_count(target: KubernetesTarget) -> Iterable[Right]:
    """What `owner_of` and `is_satisfied` take for this pod."""
    namespace = target.object.namespace
    yield from rights.on_kind("Pod", namespace, "list")
    kind, _, name = (target.workload or "").partition("/")
    if kind == "Deployment":  # whose name is not that of the ReplicaSet between
        yield from rights.on_kind("ReplicaSet", namespace, "get")
    if kind in _KNOWN:
        yield from rights.on(Ref(kind=kind, namespace=namespace, name=name, uid=""), "get")
