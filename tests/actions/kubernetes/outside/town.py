"""What stands in a namespace to be called from outside: small servers, each behind a NodePort of its own.

single   one pod, with a disk, a disk in memory and a mounted configuration
pair     two pods, updated one after the other
abrupt   one pod that an update ends before it begins the next; configured by its environment
scaled   two pods, and an autoscaler that wants no fewer
pinned   one pod, and all its like, on one node
behind   one pod that the others ask; `entered` is a service whose addresses are entered by hand: it
rpc      one pod that speaks gRPC, of the project's own image
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_ready, is_terminating, metadata
from seatrial.kube.ref import Ref
from seatrial.testing.kube_namespace import KubeNamespace, kube_namespace
from tests.actions.kubernetes.outside import manifests
from tests.actions.kubernetes.outside.caller import OK, by_http

_HOST: Final = "kubernetes.io/hostname"


class Town:
    """A namespace; what is asked for in it is built when it is first asked for."""

    def __init__(self, namespace: KubeNamespace) -> None:
        self.namespace = namespace
        self._addresses: dict[str, str] = {}
        namespace.add(manifests.CONFIG)

    def address(self, name: str) -> str:
        """Where a service is called from outside."""
        if name not in self._addresses:
            getattr(self, f"_build_{name}", self._build)(name)
            port = self.namespace.get("Service", name)["spec"]["ports"][0]["nodePort"]
            self._addresses[name] = f"{self.pods(name)[0]['status']['hostIP']}:{port}"
        return self._addresses[name]

    def pods(self, name: str) -> list[Any]:
        """Its pods that are ready and stay."""
        found = self.namespace.all("Pod", f"app={'behind' if name == 'entered' else name}")
        return [pod for pod in found if is_ready(pod) and not is_terminating(pod)]

    def ref(self, kind: str, name: str) -> Ref:
        """An object, as a target."""
        found = self.namespace.cluster.get(KINDS[kind].path(self.namespace.name, name))
        data = metadata(found)
        return Ref(kind=kind, namespace=data.get("namespace"), name=name, uid=data["uid"])

    def hit(self, kind: str, name: str) -> Ref:
        """The object of that kind that has to do with a service."""
        match kind:
            case "Pod":
                return self.ref(kind, metadata(self.pods(name)[0])["name"])
            case "Node":
                return self.ref(kind, self.pods(name)[0]["spec"]["nodeName"])
            case "ConfigMap":
                return self.ref(kind, "town")
            case "Namespace":
                return self.ref(kind, self.namespace.name)
        return self.ref(kind, name)

    def scale_up(self, name: str, replicas: int = 2) -> None:
        """As `kubectl scale` does."""
        value = {"op": "replace", "path": "/spec/replicas", "value": replicas}
        self.namespace.edit(self.ref("Deployment", name), value)

    def put_back(self, name: str) -> None:
        """What a test has changed beside its fault."""
        if name == "pinned":
            self.scale_up(name, 1)
        for pod in self.namespace.all("Pod", f"app={name}"):
            if any(one["restartCount"] for one in pod["status"].get("containerStatuses") or ()):
                self._delete(pod)  # else the next restart waits longer
        assert until(lambda: self.is_whole(name), 120), f"{name} is not whole"

    def release(self, name: str) -> None:
        """Another version is rolled out."""
        path = "/spec/template/spec/containers/0/env/0/value"
        value = {"op": "replace", "path": path, "value": f"of {time.time_ns()}"}
        self.namespace.edit(self.ref("Deployment", name), value)

    def lose_a_pod(self, name: str) -> None:
        """As with its node: it is there no more."""
        self._delete(self.pods(name)[0])

    def _delete(self, pod: Any) -> None:
        path = KINDS["Pod"].path(self.namespace.name, metadata(pod)["name"])
        self.namespace.cluster.delete(path, metadata(pod)["uid"], gracePeriodSeconds=0)

    def ask_too_much(self, name: str) -> None:
        """One request for which its memory does not suffice."""
        said, _, _ = by_http(self.address(name), "/memory")
        assert said != OK

    def ask_much(self, name: str) -> None:
        """The same, and it does."""
        assert by_http(self.address(name), "/memory")[0] == OK

    def nudge(self, name: str) -> None:
        """Whoever was refused a pod tries again, and not only in minutes."""
        for one in self.namespace.all("ReplicaSet", f"app={name}"):
            value = {"op": "add", "path": "/metadata/annotations/nudged", "value": str(time.time_ns())}
            self.namespace.edit(self.ref("ReplicaSet", metadata(one)["name"]), value)

    def is_whole(self, name: str) -> bool:
        """All pods that are wanted are there, of the newest template, and no others."""
        if name == "entered":
            return True
        found = self.namespace.get("Deployment", name)
        wanted, status = found["spec"]["replicas"], found.get("status") or {}
        counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", "readyReplicas")}
        is_seen = status.get("observedGeneration") == metadata(found)["generation"]
        pods = self.namespace.all("Pod", f"app={name}")
        return is_seen and counts == {wanted} and len(pods) == wanted and all(map(is_ready, pods))

    def _build(self, name: str, **more: Any) -> None:
        self.namespace.add(manifests.deployment(name, **more))
        self.namespace.add(manifests.service(name))
        self.namespace.until(lambda: self.is_whole(name), 180)

    def _build_single(self, name: str) -> None:
        self._build(name)
        self.address("behind")

    def _build_pair(self, name: str) -> None:
        self._build(name, replicas=2)
        self.namespace.add(manifests.budget(name))

    def _build_scaled(self, name: str) -> None:
        self._build(name, replicas=2)
        self.namespace.add(manifests.autoscaler(name))

    def _build_abrupt(self, name: str) -> None:
        self._build(name, strategy={"type": "Recreate"})

    def _build_pinned(self, name: str) -> None:
        self._build(name, pod={"nodeSelector": {_HOST: _a_worker(self.namespace.access)}})

    def _build_rpc(self, name: str) -> None:
        self._build(name, image=os.environ["SEATRIAL_IMAGE"], program="grpc_server.py")

    def _build_entered(self, name: str) -> None:
        self.address("behind")
        manifest = manifests.service(name)
        del manifest["spec"]["selector"]
        self.namespace.add(manifest)
        self.namespace.add(manifests.entered(name, self.pods("behind")[0]["status"]["podIP"]))


@contextmanager
def town(access: Access) -> Iterator[Town]:
    """A namespace for one, gone at the end."""
    with kube_namespace(access) as namespace:
        yield Town(namespace)


def api_server(access: Access) -> str:
    """Where pods find something that is no pod: the address behind the service `kubernetes`."""
    found = cluster_at(access).get(KINDS["EndpointSlice"].path("default", "kubernetes"))
    return f"{found['endpoints'][0]['addresses'][0]}"


def _a_worker(access: Access) -> str:
    """The host name of a node that takes pods of nobody special, the last one by name."""
    nodes = cluster_at(access).list_all(KINDS["Node"].collection())
    takes = [one for one in nodes if is_ready(one) and not (one.get("spec") or {}).get("taints")]
    return str(max(metadata(one)["labels"][_HOST] for one in takes))


def until(true: Callable[[], object], within_s: float) -> bool:
    """Whether it becomes so in time."""
    give_up_s = time.monotonic() + within_s
    while not (found := true()) and time.monotonic() < give_up_s:
        threading.Event().wait(0.1)
    return bool(found)
