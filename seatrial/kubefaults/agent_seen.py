"""What can be seen of an agent from outside: its container's state, and what it has said."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.kube.ref import Ref

_CANNOT_START: Final = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)
"""As the kubelet tells; it goes on trying, and an agent that starts late does nothing."""


class Seen(NamedTuple):
    """An agent's container."""

    is_there: bool
    """It has been asked for: from then on it stays in the pod's list for ever."""
    runs: bool
    exit_code: int | None
    """Where it has ended."""
    ended_s_ago: float
    cannot_start: str
    """Why not, in the kubelet's words."""


def seen(pod: Json, name: str) -> Seen:
    """As of when the pod was read."""
    listed = any(one["name"] == name for one in pod["spec"].get("ephemeralContainers") or ())
    status = pod.get("status") or {}
    for one in (*(status.get("ephemeralContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        if one["name"] == name:
            return _of_state(one.get("state") or {})
    return Seen(listed, runs=False, exit_code=None, ended_s_ago=0.0, cannot_start="")


def _of_state(state: Json) -> Seen:
    ended, waiting = state.get("terminated"), state.get("waiting") or {}
    reason = ""
    if waiting.get("reason") in _CANNOT_START:
        reason = f"{waiting['reason']}: {waiting.get('message', '')}".removesuffix(": ")
    return Seen(
        is_there=True,
        runs="running" in state,
        exit_code=None if ended is None else int(ended["exitCode"]),
        ended_s_ago=0.0 if ended is None else _age_s(ended.get("finishedAt")),
        cannot_start=reason,
    )


def _age_s(stamp: str | None) -> float:
    if not stamp:
        return 0.0
    return (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()


def said(cluster: Cluster, pod: Ref, name: str) -> list[dict[str, Any]]:
    """What the agent has told, event by event; nothing where its log is not to be had."""
    try:
        log = cluster.get(f"{pod.path}/log", container=name, tailLines="20")
    except KubeError:
        return []
    return [log] if isinstance(log, dict) else list(_events(str(log or "")))


def _events(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        with suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and "event" in found:
                yield found


def why(events: list[dict[str, Any]]) -> str:
    """Why an agent did not begin, or did not end well, in its own words."""
    for event in reversed(events):
        if found := event.get("remains") or event.get("reason"):
            return str(found)
        if event["event"] == "late":
            return "it started too late, by the clock of its node"
    return ""
