"""A container whose main process is to end: the one before, and whether another has taken its place."""

from typing import Any

from seatrial.kube.client import Json


def container_id(pod: Json, name: str) -> str:
    """Of the container that runs now; empty where none does."""
    status = _status(pod, name)
    return str(status.get("containerID") or "") if "running" in (status.get("state") or {}) else ""


def has_ended(pod: Json, name: str, before: str) -> bool:
    """Whether the one with this id does not run any more, as the kubelet tells within a second or two."""
    return container_id(pod, name) != before


def _status(pod: Json, name: str) -> dict[str, Any]:
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if status["name"] == name:
            return dict(status)
    return {}
