"""The Job whose pods send load, and the Secret that tells them what: pure."""

import base64
from pathlib import Path
from typing import Any, Final

from seatrial.kube import marks
from seatrial.kube.restricted import RESTRICTED
from seatrial.kube.rights import Right, on_kind
from seatrial.model.base import Model
from seatrial.model.load import Load

FOLDER: Final = Path("/etc/seatrial-load")
LOAD: Final = "load.json"
LOCUSTFILE: Final = "locustfile.py"
DEADLINE_S: Final = 20
"""The Job ends by itself this long after it was last heard of."""
RENEW_S: Final = 5.0
LOCUSTFILE_BYTES_MAX: Final = 700_000
"""A Secret holds a MiB at most."""

Manifest = dict[str, Any]


class PodsOrder(Model):
    """What the relay is told by its command line: nothing of it is secret."""

    kubeconfig: str | None
    context: str | None
    namespace: str
    image: str
    name: str
    """Of the Job and its Secret."""
    workers: int
    start_within_s: float
    locustfile: Path | None


class PodLoad(Model):
    """What a pod finds in its Secret; one of it for all pods."""

    wire: int
    shim: dict[str, Any]
    """As `wire.ShimConfig`."""
    arguments: tuple[tuple[str, ...], ...]
    """Of Locust, by index."""
    environment: dict[str, str]
    has_locustfile: bool


def job(order: PodsOrder) -> Manifest:
    """Suspended: its pods begin once their Secret is there. They run under restricted pod security."""
    labels = {marks.OWN: "load"}
    container = {
        "name": "load",
        "image": order.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "seatrial.load.pods.worker"],
        "env": [{"name": "PYTHONUNBUFFERED", "value": "1"}, {"name": "HOME", "value": "/tmp"}],  # noqa: S108  the pod's own
        "securityContext": RESTRICTED,
        "volumeMounts": [
            {"name": "load", "mountPath": str(FOLDER), "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  the pod's own
        ],
    }
    pod = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 5,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"batch.kubernetes.io/job-name": order.name}},
            }
        ],
        "containers": [container],
        "volumes": [
            {"name": "load", "secret": {"secretName": order.name}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": order.name, "labels": labels},
        "spec": {
            "suspend": True,
            "completionMode": "Indexed",
            "completions": order.workers,
            "parallelism": order.workers,
            "backoffLimit": 0,
            "activeDeadlineSeconds": int(order.start_within_s) + DEADLINE_S,
            "ttlSecondsAfterFinished": 0,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def secret(order: PodsOrder, load: PodLoad, job_uid: str) -> Manifest:
    """Gone with its Job."""
    files = {LOAD: load.model_dump_json().encode()}
    if order.locustfile is not None:
        files[LOCUSTFILE] = order.locustfile.read_bytes()
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": order.name, "uid": job_uid, "controller": True}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": order.name, "labels": {marks.OWN: "load"}, "ownerReferences": [owner]},
        "immutable": True,
        "data": {name: base64.b64encode(content).decode() for name, content in files.items()},
    }


def rights(load: Load) -> list[Right]:
    """What making, following and ending them takes; their names are known to no role beforehand."""
    if load.workers is None or load.workers.kubernetes is None:
        return []
    where = load.workers.namespace
    return [
        *on_kind("Job", where, "create", "patch", "delete"),
        *on_kind("Secret", where, "create"),
        *on_kind("Pod", where, "list", "watch"),
        *on_kind("Pod", where, "get", subresource="log"),
    ]
