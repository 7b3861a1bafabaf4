"""The population of a selector: what the cluster has of it, less what no fault may touch."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from seatrial.errors import InvalidInput, Refused, SeatrialError
from seatrial.kube import marks
from seatrial.kube.access import Access, find_access
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster, cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS, Kind
from seatrial.kube.objects import (
    ZONE,
    is_finished,
    is_static,
    is_terminating,
    labels,
    metadata,
    owner,
)
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget, Target

if TYPE_CHECKING:
    from seatrial.targets.kubernetes import KubernetesSelector, RunningPods

_WHO_IS_THIS = 401
_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_ONLY_BY_NAME = ("Job", "DaemonSet")
"""An evicted pod of a Job fails its Job for good; a DaemonSet's is back at once, on the same node."""


def population(selector: "KubernetesSelector") -> list[Target]:
    """All objects that match and may be hit, by namespace and name.

    Raises InvalidInput or Refused where the cluster cannot be asked or does not know what is named.
    """
    access = find_access(selector.kubeconfig, selector.context)
    kind = KINDS[selector.kind]
    try:
        cluster = cluster_at(access)
        found = _listed(cluster, selector, kind)
        kept = [one for one in found if _may_be_hit(one, selector)]
        kept = _outside_opted_out(cluster, kept)
        targets = _as_targets(cluster, access, selector, kept)
    except KubeError as error:
        raise _told(error, selector, access) from None
    targets.sort(key=lambda one: (one.object.namespace or "", one.object.name))
    return [*targets]


def _listed(cluster: Cluster, selector: "KubernetesSelector", kind: Kind) -> list[Json]:
    query = {"labelSelector": selector.label_selector, "fieldSelector": selector.fields}
    asked = {key: value for key, value in query.items() if value is not None}
    if not kind.namespaced:
        found = cluster.list_all(kind.collection(), **asked)
        return found if selector.running is None else _running(cluster, found, selector.running)
    if selector.namespace == "*":
        found = cluster.list_all(kind.collection(), **asked)
        return [one for one in found if metadata(one)["namespace"] not in marks.SYSTEM_NAMESPACES]
    assert selector.namespace is not None
    found = cluster.list_all(kind.collection(selector.namespace), **asked)
    if not found and cluster.find(KINDS["Namespace"].path(None, selector.namespace)) is None:
        raise KubeError(404, "NotFound", f"there is no namespace {selector.namespace!r}")
    return found


def _running(cluster: Cluster, nodes: list[Json], pods: "RunningPods") -> list[Json]:
    """Those of the nodes that such pods are on."""
    found = cluster.list_all(KINDS["Pod"].collection(pods.namespace), labelSelector=pods.label_selector)
    used = {(pod.get("spec") or {}).get("nodeName") for pod in found if not is_finished(pod)}
    return [node for node in nodes if metadata(node)["name"] in used]


def _may_be_hit(found: Json, selector: "KubernetesSelector") -> bool:
    data = metadata(found)
    wanted: Iterable[str] | None = (selector.name,) if isinstance(selector.name, str) else selector.name
    if wanted is not None and data["name"] not in wanted:
        return False
    if is_terminating(found) or _is_left_out(found, selector) or marks.OWN in labels(found):
        return False
    if wanted is None and _carries_the_cluster(found, selector.kind):
        return False
    return selector.kind != "Pod" or _is_usual_pod(found, selector)


def _carries_the_cluster(found: Json, kind: str) -> bool:
    """What has to be named, for the cluster itself stands on it."""
    if kind == "Namespace":
        return metadata(found)["name"] in marks.SYSTEM_NAMESPACES
    return kind == "Node" and any(role in labels(found) for role in _CONTROL_PLANE)


def _is_left_out(found: Json, selector: "KubernetesSelector") -> bool:
    if labels(found).get(marks.NEVER) == "true":
        return True
    if isinstance(selector.exclude, Mapping):
        return all(labels(found).get(key) == value for key, value in selector.exclude.items())
    left_out = (selector.exclude,) if isinstance(selector.exclude, str) else selector.exclude
    return metadata(found)["name"] in left_out


def _is_usual_pod(pod: Json, selector: "KubernetesSelector") -> bool:
    if is_finished(pod) or is_static(pod) or metadata(pod)["uid"] == os.environ.get("SEATRIAL_POD_UID"):
        return False
    if selector.node is not None and (pod.get("spec") or {}).get("nodeName") != selector.node:
        return False
    found = owner(pod)
    is_special = found is not None and found.kind in _ONLY_BY_NAME
    return not is_special or selector.name is not None or selector.owner is not None


def _outside_opted_out(cluster: Cluster, found: list[Json]) -> list[Json]:
    """A team may opt a whole namespace out."""
    opted_out: dict[str, bool] = {}
    for name in {metadata(one).get("namespace") for one in found} - {None}:
        namespace = cluster.get(KINDS["Namespace"].path(None, str(name)))
        opted_out[str(name)] = labels(namespace).get(marks.NEVER) == "true"
    return [one for one in found if not opted_out.get(metadata(one).get("namespace") or "", False)]


def _as_targets(
    cluster: Cluster, access: Access, selector: "KubernetesSelector", found: list[Json]
) -> list[KubernetesTarget]:
    zones = _zones(cluster) if selector.kind == "Pod" and selector.needs_zones else {}
    top = _tops(cluster, found) if selector.kind == "Pod" else (lambda _: None)
    targets = [_as_target(access, selector, one, zones, top) for one in found]
    if selector.owner is not None:
        targets = [one for one in targets if one.workload == selector.owner]
    if selector.zone is not None:
        targets = [one for one in targets if one.zone == selector.zone]
    return targets


def _as_target(
    access: Access,
    selector: "KubernetesSelector",
    found: Json,
    zones: Mapping[str, str],
    top: Callable[[Json], str | None],
) -> KubernetesTarget:
    data = metadata(found)
    node = (found.get("spec") or {}).get("nodeName") if selector.kind == "Pod" else None
    zone = labels(found).get(ZONE) if selector.kind == "Node" else zones.get(node or "")
    return KubernetesTarget(
        access=access,
        object=Ref(kind=selector.kind, namespace=data.get("namespace"), name=data["name"], uid=data["uid"]),
        container=selector.container,
        process=selector.process,
        workload=top(found),
        node=node,
        zone=zone,
    )


def _zones(cluster: Cluster) -> dict[str, str]:
    nodes = cluster.list_all(KINDS["Node"].collection())
    return {metadata(node)["name"]: labels(node).get(ZONE, "") for node in nodes}


def _tops(cluster: Cluster, pods: list[Json]) -> Callable[[Json], str | None]:
    """Who is at the top of a pod's owners; a ReplicaSet's own owner has to be looked up."""
    above: dict[str, str] = {}
    for namespace in {metadata(pod)["namespace"] for pod in pods if _is_of(pod, "ReplicaSet")}:
        for one in cluster.list_all(KINDS["ReplicaSet"].collection(namespace)):
            if (found := owner(one)) is not None:
                above[metadata(one)["uid"]] = str(found)

    def top(pod: Json) -> str | None:
        found = owner(pod)
        return None if found is None else above.get(found.uid, str(found))

    return top


def _is_of(pod: Json, kind: str) -> bool:
    found = owner(pod)
    return found is not None and found.kind == kind


def _told(error: KubeError, selector: "KubernetesSelector", access: Access) -> SeatrialError:
    what = f"{selector.kind} objects of {access.label} cannot be selected: {error}"
    if error.status == _WHO_IS_THIS:
        return Refused(what, "its credentials are not taken, or have ended: log in again")
    if error.is_forbidden:
        return Refused(what, "`seatrial plan --rbac`, run by who may, prints the rights that this needs")
    if error.status == 0:
        return InvalidInput(what, "is the cluster up, and is this the right context?")
    return InvalidInput(what, "mend `kind`, `namespace`, `labels` or `fields`")
