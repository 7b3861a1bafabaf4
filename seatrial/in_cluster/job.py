"""The Job that a run inside the cluster is, and the Secret with what it needs: pure."""

import base64
from pathlib import Path
from typing import Any, Final

from seatrial.kube import marks
from seatrial.kube.restricted import RESTRICTED
from seatrial.kube.rights import Right, on_kind
from seatrial.model.base import Model

FOLDER: Final = Path("/etc/seatrial-run")
TRIALS: Final = Path("/trials")
BUNDLE: Final = "bundle.tar.gz"
ORDER: Final = "order.json"
_UID: Final = 10001
_UNDO_S: Final = 600
"""How long a run that is told to end may take to undo."""
_KEPT_S: Final = 24 * 3600
"""How long its log can be fetched after its end."""

Manifest = dict[str, Any]


class RunOrder(Model):
    """What the pod is to run. It stands in a Secret: the environment may hold some."""

    file: str
    """The experiment, within the bundle."""
    arguments: tuple[str, ...] = ()
    """More of `seatrial run`."""
    environment: dict[str, str] = {}
    """The variables that the file names as `${env:NAME}`."""


class Place(Model):
    """Where it runs, and as whom."""

    namespace: str
    name: str
    image: str
    account: str
    """The ServiceAccount: its rights are the run's."""


def secret(place: Place, order: RunOrder, bundle: bytes, owner: Manifest | None = None) -> Manifest:
    """The bundle and the order; gone with its owner, where it has one."""
    files = {BUNDLE: bundle, ORDER: order.model_dump_json().encode()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_data(place), **({"ownerReferences": [owner]} if owner is not None else {})},
        "data": {name: base64.b64encode(content).decode() for name, content in files.items()},
    }


def job(place: Place) -> Manifest:
    """Suspended until its Secret is there."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _data(place),
        "spec": {"suspend": True, **_job_spec(place)},
    }


def cron_job(place: Place, schedule: str) -> Manifest:
    """The same at fixed times, never two at once."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _data(place),
        "spec": {
            "schedule": schedule,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 300,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": _job_spec(place)},
        },
    }


def _data(place: Place) -> Manifest:
    return {"name": place.name, "namespace": place.namespace, "labels": {marks.OWN: "run"}}


def _job_spec(place: Place) -> Manifest:
    container = {
        "name": "run",
        "image": place.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "seatrial.in_cluster.pod"],
        "env": [
            {"name": "HOME", "value": "/tmp"},  # noqa: S108  the pod's own
            {"name": "SEATRIAL_IMAGE", "value": place.image},
            {"name": "SEATRIAL_POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
        ],
        "securityContext": RESTRICTED,
        "volumeMounts": [
            {"name": "run", "mountPath": str(FOLDER), "readOnly": True},
            {"name": "trials", "mountPath": str(TRIALS)},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  the pod's own
        ],
    }
    pod = {
        "restartPolicy": "Never",
        "serviceAccountName": place.account,
        "terminationGracePeriodSeconds": _UNDO_S,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _UID,
            "fsGroup": _UID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "run", "secret": {"secretName": place.name}},
            {"name": "trials", "emptyDir": {}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    return {
        "backoffLimit": 0,
        "ttlSecondsAfterFinished": _KEPT_S,
        "template": {"metadata": {"labels": {marks.OWN: "run"}}, "spec": pod},
    }


def rights(namespace: str) -> list[Right]:
    """What whoever starts it needs, beside the rights that the run itself has by its account."""
    return [
        *on_kind("Job", namespace, "get", "create", "patch", "delete"),
        *on_kind("Secret", namespace, "create"),
        *on_kind("Pod", namespace, "get", "list", "watch"),
        *on_kind("Pod", namespace, "get", subresource="log"),
    ]
