"""An agent in a pod of its own, on the target's node: where admission lets none into the target's pod."""

import os
from math import ceil
from typing import Any, Final

from seatrial.agent.order import Order
from seatrial.errors import Fatal
from seatrial.kube import marks
from seatrial.kube.client import Json
from seatrial.kube.failures import KubeError
from seatrial.kube.image import own_image
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import metadata
from seatrial.kube.ref import Ref
from seatrial.kubefaults.acting import on
from seatrial.targets.target import KubernetesTarget

NAMESPACE_VARIABLE: Final = "SEATRIAL_AGENT_NAMESPACE"
_POD: Final = KINDS["Pod"]
_CAPABILITIES: Final = ("KILL", "NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE")
"""For the network of another pod, and for its processes whoever runs them."""
_GRACE_S: Final = 20
_MARGIN_S: Final = 120
_ALREADY_THERE: Final = 409


def namespace() -> str | None:
    """Where such pods may be: a namespace whose pod security is *privileged*."""
    return os.environ.get(NAMESPACE_VARIABLE) or None


def is_about_pod_security(error: KubeError) -> bool:
    """Whether admission says no because of what the container may."""
    return error.status == 403 and "PodSecurity" in str(error)


def create(target: KubernetesTarget, pod: Json, name: str, where: str, order: Order, **query: str) -> None:
    """Once; it ends by itself some time after the fault at the latest."""
    try:
        on(target.access).create(_POD.collection(where), _manifest(pod, name, where, order), **query)
    except KubeError as error:
        if error.status != _ALREADY_THERE:
            raise


def find(target: KubernetesTarget, name: str, where: str) -> KubernetesTarget | None:
    """The agent's own pod, to be asked as a target is; None where it is not there."""
    found = on(target.access).find(_POD.path(where, name))
    if found is None:
        return None
    ref = Ref(kind="Pod", namespace=where, name=name, uid=metadata(found)["uid"])
    return target.model_copy(update={"object": ref})


def container_id(pod: Json, container: str) -> str:
    """As the cgroup of its processes is named; raises Fatal where it does not run."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if status["name"] == container and (found := status.get("containerID")):
            return str(found).rpartition("://")[2]
    raise Fatal(f"container {container} does not run")


def _manifest(pod: Json, name: str, where: str, order: Order) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": name,
        "image": own_image(),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "seatrial.agent", order.to_json()],
        "stdin": True,
        "stdinOnce": True,
        "securityContext": {
            "runAsUser": 0,
            "capabilities": {"drop": ["ALL"], "add": list(_CAPABILITIES)},
            "seccompProfile": {"type": "Unconfined"},
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": where, "labels": {marks.OWN: "agent"}},
        "spec": {
            "nodeName": pod["spec"]["nodeName"],
            "hostPID": True,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "tolerations": [{"operator": "Exists"}],
            "activeDeadlineSeconds": ceil(max(1.0, order.left_s())) + _MARGIN_S,
            "terminationGracePeriodSeconds": _GRACE_S,
            "containers": [container],
        },
    }
