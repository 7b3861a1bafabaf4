"""What stands around an object of a cluster: its autoscaler, its endpoints, the pods it has made."""

from collections.abc import Mapping
from typing import Any

from seatrial.errors import Fatal
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import Owner, condition, labelled, labels, metadata, owner, selects
from seatrial.kube.ref import Ref


def controller_of(found: Json) -> Owner | None:
    """Who made the object, and would set right what is changed in it."""
    return owner(found)


def ref_of(kind: str, found: Json) -> Ref:
    """A reference to an object that was read."""
    data = metadata(found)
    return Ref(kind=kind, namespace=data.get("namespace"), name=data["name"], uid=data["uid"])


def listed(
    access: Access, kind: str, namespace: str | None, with_labels: Mapping[str, str] | None = None
) -> Any:
    """All objects of a kind in a namespace, or those with these labels."""
    query = {"labelSelector": labelled(with_labels)} if with_labels else {}
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


def statuses_of(pod: Json) -> list[Json]:
    """What the kubelet says of its containers."""
    return (pod.get("status") or {}).get("containerStatuses") or []


def status_of(pod: Json, container: str) -> Json:
    """What the kubelet says of a container; empty before it says anything."""
    return next((one for one in statuses_of(pod) if one["name"] == container), {})


def is_past_its_start(status: Json) -> bool:
    """Whether a container runs, has run, or does not start: its image cannot be pulled, it crashes."""
    waiting = (status.get("state") or {}).get("waiting")
    return waiting is None or waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing")


def is_unschedulable(pod: Json) -> bool:
    """Whether the scheduler has found no node for it."""
    return (condition(pod, "PodScheduled") or {}).get("reason") == "Unschedulable"


def is_endpoint(access: Access, pod: Ref) -> bool:
    """Whether any service has an address of a pod."""
    slices = listed(access, "EndpointSlice", pod.namespace)
    ends = [end for one in slices for end in one.get("endpoints") or ()]
    return any((end.get("targetRef") or {}).get("uid") == pod.uid for end in ends)


def labels_of_owner(access: Access, pod: Json) -> set[str]:
    """The labels by which the controller of a pod knows it."""
    its = owner(pod)
    if its is None or its.kind not in KINDS:
        return set()
    found = cluster_at(access).find(KINDS[its.kind].path(metadata(pod)["namespace"], its.name)) or {}
    selector = (found.get("spec") or {}).get("selector") or {}
    more = {one["key"] for one in selector.get("matchExpressions") or ()}
    return more | set(selector.get("matchLabels") or {})


def manager_of(found: Json) -> str:
    """Who looks after an EndpointSlice, by its own word."""
    return labels(found).get("endpointslice.kubernetes.io/managed-by", "")


def tolerates(pod: Json, key: str, value: str) -> bool:
    """Whether a pod tolerates a taint with the effect NoExecute."""
    return any(
        one.get("effect") in (None, "", "NoExecute")
        and one.get("key") in (None, "", key)
        and (one.get("operator") == "Exists" or one.get("value", "") == value)
        for one in (pod.get("spec") or {}).get("tolerations") or ()
    )
