"""What stands around an object of a cluster: its autoscaler, its endpoints, the pods it has made."""

from collections.abc import Mapping
from typing import Any

from seatrial.errors import Fatal
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import Owner, labels, metadata, owner, selects
from seatrial.kube.ref import Ref


def controller_of(found: Json) -> Owner | None:
    """Who made the object, and would set right what is changed in it."""
    return owner(found)


def ref_of(kind: str, found: Json) -> Ref:
    """A reference to an object that was read."""
    data = metadata(found)
    return Ref(kind=kind, namespace=data.get("namespace"), name=data["name"], uid=data["uid"])


def listed(
    access: Access, kind: str, namespace: str | None, labelled: Mapping[str, str] | None = None
) -> Any:
    """All objects of a kind in a namespace, or those with these labels."""
    chosen = ",".join(f"{key}={value}" for key, value in (labelled or {}).items())
    query = {"labelSelector": chosen} if chosen else {}
    return cluster_at(access).list_all(KINDS[kind].collection(namespace), **query)


def autoscaler_of(access: Access, workload: Ref) -> Json | None:
    """The HorizontalPodAutoscaler that looks after a workload."""
    wanted = (workload.of_kind.api_version, workload.kind, workload.name)
    for one in listed(access, "HorizontalPodAutoscaler", workload.namespace):
        scaled = one["spec"]["scaleTargetRef"]
        if (scaled.get("apiVersion", wanted[0]), scaled["kind"], scaled["name"]) == wanted:
            return one
    return None


def slices_of(access: Access, service: Ref) -> list[Json]:
    """The EndpointSlices of a service."""
    found: list[Json] = listed(
        access, "EndpointSlice", service.namespace, {"kubernetes.io/service-name": service.name}
    )
    return found


def ready_endpoints(access: Access, service: Ref) -> int:
    """How many addresses a service sends requests to."""
    ends = [end for one in slices_of(access, service) for end in one.get("endpoints") or ()]
    return sum((end.get("conditions") or {}).get("ready", True) is not False for end in ends)


def services_of(access: Access, pod: Json) -> list[Json]:
    """The services that send requests to a pod."""
    found = listed(access, "Service", metadata(pod)["namespace"])
    return [one for one in found if _wants(one, pod)]


def _wants(service: Json, pod: Json) -> bool:
    selector = (service.get("spec") or {}).get("selector") or {}
    return bool(selector) and selects({"matchLabels": selector}, labels(pod))


def owned_by(found: list[Json], uid: str) -> list[Json]:
    """Those of which the object with this uid is the controller."""
    return [one for one in found if (its := owner(one)) is not None and its.uid == uid]


def container_of(pod_spec: Json, wanted: str | None) -> Json:
    """One container of a pod's spec: the named one, or the only one; raises Fatal."""
    containers = {one["name"]: one for one in pod_spec.get("containers") or ()}
    if wanted is None and len(containers) == 1:
        return next(iter(containers.values()))
    if wanted in containers:
        return containers[wanted]
    said = "say which `container` is meant" if wanted is None else f"it has no container {wanted!r}"
    raise Fatal(f"{said}: there is {', '.join(containers)}")


def status_of(pod: Json, container: str) -> Json:
    """What the kubelet says of a container; empty before it says anything."""
    for one in (pod.get("status") or {}).get("containerStatuses") or ():
        if one["name"] == container:
            return one
    return {}
