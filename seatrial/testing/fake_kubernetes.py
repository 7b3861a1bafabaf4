"""A Kubernetes API of objects in memory: enough for drivers to create, read, patch, list and delete.

Nothing acts on the objects, and nothing is validated. It serves plain HTTP on a free port of loopback.

    with FakeKubernetes() as cluster:
        cluster.add("/apis/apps/v1/namespaces/default/deployments", deployment("shop", replicas=3))
        ...                                   # a driver with KUBERNETES_HOST = cluster.url
"""

import copy
import threading
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from seatrial.testing.json_server import Answer, Asked, JsonServer

Object = dict[str, Any]
_CONFLICT: Final = 409
_NOT_FOUND: Final = 404


class FakeKubernetes(JsonServer):
    """Objects by the path of their collection and their name."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[tuple[str, str], Object] = {}
        self.requests: list[str] = []
        """What was asked, in order: `PATCH /api/v1/nodes/one`."""
        self.groups: list[str] = []
        """The API groups that it says it serves."""
        self.allows_all = False
        """What it answers to whoever asks for their rights."""
        self._lock = threading.Lock()

    def add(self, collection: str, made: Object) -> Object:
        """Put an object there, as its owner would have."""
        self.objects[collection, made["metadata"]["name"]] = made
        return made

    def answer(self, asked: Asked) -> Answer:
        """One after another, as of one moment: objects change while others are written out."""
        with self._lock:
            status, found = self._answered(asked.method, asked.path, asked.body)
            return Answer(status, copy.deepcopy(found))

    def _answered(self, method: str, target: str, body: Any) -> tuple[int, Object]:
        where = urlsplit(target)
        self.requests.append(f"{method} {where.path}")
        if where.path == "/apis":
            return 200, {"kind": "APIGroupList", "groups": [{"name": one} for one in self.groups]}
        collection, name = _parted(where.path)
        if name == "" and collection.endswith("/selfsubjectaccessreviews"):
            return 201, {**body, "status": {"allowed": self.allows_all}}
        if method == "POST":
            return self._create(collection, body)
        if not name:
            return 200, self._list(collection, dict(parse_qsl(where.query)))
        found = self.objects.get((collection, name))
        if found is None:
            return _NOT_FOUND, _status(_NOT_FOUND, f"{name} not found")
        if method == "DELETE":
            del self.objects[collection, name]
        elif method in ("PATCH", "PUT"):
            _merge(found, body)
        return 200, found

    def _create(self, collection: str, body: Object) -> tuple[int, Object]:
        name = body["metadata"]["name"]
        if (collection, name) in self.objects:
            return _CONFLICT, _status(_CONFLICT, f"{name} already exists")
        return 201, self.add(collection, body)

    def _list(self, collection: str, query: dict[str, str]) -> Object:
        name = query.get("fieldSelector", "").removeprefix("metadata.name=")
        labels = dict(part.split("=") for part in query.get("labelSelector", "").split(",") if part)
        items = [
            one
            for (kind, _), one in self.objects.items()
            if kind == collection and name in ("", one["metadata"]["name"])
            if labels.items() <= one["metadata"].get("labels", {}).items()
        ]
        return {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}


def deployment(name: str, replicas: int) -> Object:
    """The least that the official client accepts as one."""
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": name}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod},
    }


def node(name: str, *, cordoned: bool = False, **labels: str) -> Object:
    """A node, schedulable unless it is cordoned."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"unschedulable": True} if cordoned else {},
    }


def _parted(path: str) -> tuple[str, str]:
    """Collection and name: `/api/v1/namespaces/default/pods/one` is the pod one of that collection."""
    parts = path.strip("/").split("/")
    kind = 2 if parts[0] == "api" else 3
    if parts[kind] == "namespaces" and len(parts) > kind + 2:
        kind += 2
    return "/" + "/".join(parts[: kind + 1]), "/".join(parts[kind + 1 :])


def _merge(into: Object, patch: Object) -> None:
    """A merge patch: what is None is taken away."""
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value is None:
            into.pop(key, None)
        else:
            into[key] = value


def _status(code: int, message: str) -> Object:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
