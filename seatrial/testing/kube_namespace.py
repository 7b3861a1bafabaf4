"""A namespace of a real cluster that a test owns, with the small things it puts there.

with kube_namespace(access) as namespace:
    namespace.add(deployment("web", replicas=2))
    namespace.until(lambda: namespace.ready("web") == 2)
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster, cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget

IMAGE: Final = "python:3.13-slim"
"""Small, public, and there on the project's own test cluster."""
_PORT: Final = 8080
_REQUESTS: Final = {"cpu": "10m", "memory": "16Mi"}
"""Without them as much as the limits, and a small node would be full with a few pods that do nothing."""
_SERVE: Final = (
    "import http.server,os;"
    "h=http.server.BaseHTTPRequestHandler;"
    "h.log_message=lambda *a:None;"
    "h.do_GET=lambda s:(s.send_response(200),s.end_headers(),s.wfile.write(os.uname().nodename.encode()));"
    f"http.server.ThreadingHTTPServer(('',{_PORT}),h).serve_forever()"
)


class KubeNamespace:
    """One namespace and what is in it."""

    def __init__(self, access: Access, name: str) -> None:
        self.access = access
        self.name = name

    @property
    def cluster(self) -> Cluster:
        return cluster_at(self.access)

    def add(self, manifest: Mapping[str, Any]) -> Ref:
        """Create an object here."""
        kind = KINDS[manifest["kind"]]
        made = self.cluster.create(kind.collection(self.name), dict(manifest))
        data = made["metadata"]
        return Ref(kind=kind.name, namespace=data.get("namespace"), name=data["name"], uid=data["uid"])

    def add_new(self, manifest: Mapping[str, Any]) -> Ref:
        """As `add`, under a name that no other object here has had."""
        data = manifest["metadata"]
        return self.add({**manifest, "metadata": {**data, "name": f"{data['name']}-{secrets.token_hex(3)}"}})

    def edit(self, one: Ref, *operations: Json, by: str = "kubectl-edit") -> None:
        """Somebody else's JSON patch."""
        self.cluster.patch(one.path, operations, fieldManager=by)

    def get(self, kind: str, name: str) -> Json:
        """An object as it is now."""
        return self.cluster.get(KINDS[kind].path(self.name, name))

    def all(self, kind: str, labels: str = "") -> list[Json]:
        """All objects of a kind, by their labels where some are given."""
        query = {"labelSelector": labels} if labels else {}
        return self.cluster.list_all(KINDS[kind].collection(self.name), **query)

    def target(self, one: Ref, **more: Any) -> KubernetesTarget:
        """The object as a target."""
        return KubernetesTarget(access=self.access, object=one, **more)

    def ready(self, workload: str, kind: str = "Deployment") -> int:
        """How many of its replicas are ready."""
        return int((self.get(kind, workload).get("status") or {}).get("readyReplicas") or 0)

    def until(self, true: Callable[[], object], within_s: float = 60.0) -> None:
        """Wait until something holds; AssertionError where it does not in time."""
        give_up_s = time.monotonic() + within_s
        while not true():
            assert time.monotonic() < give_up_s, f"not so within {within_s:g} s"
            threading.Event().wait(0.1)


def deployment(name: str, replicas: int = 1, **pod: Any) -> dict[str, Any]:
    """A web server's manifest; `pod`: more of the pod's spec."""
    container = {
        "name": "web",
        "image": IMAGE,
        "command": ["python3", "-c", _SERVE],
        "readinessProbe": {"tcpSocket": {"port": _PORT}, "periodSeconds": 1},
        "resources": {"requests": _REQUESTS, "limits": {"cpu": "500m", "memory": "128Mi"}},
    }
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], **pod},
            },
        },
    }


def sleeper(name: str) -> dict[str, Any]:
    """The manifest of a deployment that does nothing, with the label `part=sleepers`."""
    container = {"name": "it", "image": "python:3.13-slim", "command": ["sleep", "100000"]}
    pod = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"part": "sleepers"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def service(name: str, app: str | None = None, *, node_port: bool = False) -> dict[str, Any]:
    """A service in front of a deployment."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": "NodePort" if node_port else "ClusterIP",
            "selector": {"app": app or name},
            "ports": [{"port": 80, "targetPort": _PORT}],
        },
    }


@contextlib.contextmanager
def kube_namespace(access: Access, labels: Mapping[str, str] | None = None) -> Iterator[KubeNamespace]:
    """A new namespace, gone with all that is in it at the end."""
    name = f"seatrial-test-{secrets.token_hex(4)}"
    manifest = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": dict(labels or {})},
    }
    cluster = cluster_at(access)
    cluster.create(KINDS["Namespace"].collection(), manifest)
    try:
        yield KubeNamespace(access, name)
    finally:
        cluster.delete(KINDS["Namespace"].path(None, name))


def through(access: Access, relay_port: int, folder: Path) -> Access:
    """The same cluster by way of a relay on loopback, for which its certificate has to be good."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    config = yaml.load(Path(str(access.kubeconfig)).read_text())
    for one in config["clusters"]:
        one["cluster"]["server"] = f"https://127.0.0.1:{relay_port}"
    file = folder / "kubeconfig"
    with file.open("w") as to:
        yaml.dump(config, to)
    return access.model_copy(update={"kubeconfig": str(file)})
