"""What objects of a cluster say of how it does: pure functions from their JSON to named quantities."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from seatrial.kube.client import Json
from seatrial.kube.objects import is_ready, is_terminating, is_true, metadata
from seatrial.reading import Scalar

Quantities = dict[str, Scalar]

WORKLOAD: Final = {
    "ready_share": "%",
    "ready": "",
    "desired": "",
    "updated": "",
    "available": "",
    "rolled_out": "",
}
PODS: Final = {
    "ready": "",
    "count": "",
    "running": "",
    "pending": "",
    "failed": "",
    "restarts": "",
    "waiting": "",
}
SERVICE: Final = {"ready": "", "serving": "", "terminating": ""}
NODES: Final = {"ready": "", "count": "", "unschedulable": "", "under_pressure": ""}
EVENTS: Final = {"count": ""}
LEAST: Final = frozenset({"ready", "ready_share", "available", "serving", "rolled_out"})
"""Of these the least since the reading before is told: between two looks a pod may go and come."""
_PRESSURES: Final = ("MemoryPressure", "DiskPressure", "PIDPressure")


def of_workload(found: Iterable[Json]) -> Quantities | None:
    """Of the one workload, as the API server counts it; None where it is not there.

    `rolled_out` is what `kubectl rollout status` waits for: all replicas are of the newest template, and
    available, and the controller has seen that template.
    """
    workload = next(iter(found), None)
    if workload is None:
        return None
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    if workload.get("kind") == "DaemonSet" or "desiredNumberScheduled" in status:
        desired, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
        updated, available = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    else:
        desired, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
        updated = status.get("updatedReplicas", 0)
        available = status.get("availableReplicas", ready)
    seen = status.get("observedGeneration", 0) >= metadata(workload).get("generation", 0)
    return {
        "ready_share": 100.0 * min(1.0, ready / desired) if desired else None,
        "ready": ready,
        "desired": desired,
        "updated": updated,
        "available": available,
        "rolled_out": bool(seen and updated == available == desired == status.get("replicas", desired)),
    }


def of_pods(found: Iterable[Json]) -> Quantities:
    """Of all pods together. `waiting`: why containers cannot start, such as `ImagePullBackOff`."""
    pods = list(found)
    phases = [(pod.get("status") or {}).get("phase") for pod in pods]
    reasons = {reason for pod in pods for one in containers(pod) if (reason := _waiting(one))}
    return {
        "ready": sum(map(is_ready, pods)),
        "count": sum(not is_terminating(pod) for pod in pods),
        "running": phases.count("Running"),
        "pending": phases.count("Pending"),
        "failed": phases.count("Failed"),
        "waiting": ", ".join(sorted(reasons)),
    }


def containers(pod: Json) -> list[Mapping[str, Any]]:
    """The status of each of its containers."""
    return list((pod.get("status") or {}).get("containerStatuses") or ())


def restarts(pod: Json) -> int:
    """How often its containers were started again."""
    return sum(int(one.get("restartCount") or 0) for one in containers(pod))


def _waiting(container: Mapping[str, Any]) -> str:
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason = str(waiting.get("reason") or "")
    return "" if reason in ("ContainerCreating", "PodInitializing") else reason


def of_service(slices: Iterable[Json]) -> Quantities:
    """Of a service's EndpointSlices; an address that is in two of them counts once."""
    conditions = {
        address: one.get("conditions") or {}
        for found in slices
        for one in found.get("endpoints") or ()
        for address in one.get("addresses") or ()
    }
    # Nothing said of an endpoint means ready, by the API's definition; serving follows it.
    ready = [one.get("ready") is not False for one in conditions.values()]
    serving = [one.get("serving", one.get("ready")) is not False for one in conditions.values()]
    return {
        "ready": sum(ready),
        "serving": sum(serving),
        "terminating": sum(one.get("terminating") is True for one in conditions.values()),
    }


def of_nodes(found: Iterable[Json]) -> Quantities:
    """Of all nodes together."""
    nodes = list(found)
    return {
        "ready": sum(is_true(node, "Ready") for node in nodes),
        "count": len(nodes),
        "unschedulable": sum(bool((node.get("spec") or {}).get("unschedulable")) for node in nodes),
        "under_pressure": sum(any(is_true(node, one) for one in _PRESSURES) for node in nodes),
    }


def times(event: Json) -> int:
    """How often an event happened: equal ones are one object that counts."""
    series = event.get("series") or {}
    return int(series.get("count") or event.get("count") or 1)
