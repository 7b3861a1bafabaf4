"""Sending an agent into a pod: its container is added, starts, and somebody holds the line to it."""

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from seatrial.errors import Fatal, Retryable
from seatrial.held.holding import Held
from seatrial.kube.client import Client, Json
from seatrial.kube.failures import KubeError
from seatrial.kube.image import own_image
from seatrial.kube.objects import is_finished, is_terminating
from seatrial.kubefaults.acting import as_json, on, present
from seatrial.kubefaults.agent_seen import Seen, seen
from seatrial.targets.target import KubernetesTarget

STARTS_WITHIN_S: Final = 60.0
"""An image may have to be pulled."""
READY_WITHIN_S: Final = 30.0
LOOKS_EVERY_S: Final = 0.25
_TRIES: Final = 5
_STOPS_WITHIN_S: Final = 5.0
_LINE: Final = Path(__file__).with_name("agent_line.py")


def living(target: KubernetesTarget) -> Json:
    """The pod, as it is now; raises Fatal where it is not there to stay."""
    pod = present(target.access, target.object)
    if pod is None or is_terminating(pod) or is_finished(pod):
        raise Fatal(f"{target.object.label} is gone, or on its way out")
    return pod


def add(target: KubernetesTarget, name: str, make: Callable[[Json], Json], **query: str) -> None:
    """Add the ephemeral container, once, to the pod that is meant; others may add theirs meanwhile."""
    for _ in range(_TRIES):
        pod = living(target)
        there = pod["spec"].get("ephemeralContainers")
        if any(one["name"] == name for one in there or ()):
            return
        made = make(pod)
        operations = [
            {"op": "test", "path": "/metadata/uid", "value": target.object.uid},
            {"op": "test", "path": "/spec/ephemeralContainers", "value": there},
            {"op": "add", "path": "/spec/ephemeralContainers", "value": [*(there or ()), made]},
        ]
        try:
            on(target.access).patch(f"{target.object.path}/ephemeralcontainers", operations, **query)
            return
        except KubeError as error:
            if error.status != 409 and (error.status != 422 or error.details.get("causes")):
                raise
    raise Retryable(f"{target.object.label} is being changed by others all the time")


def until_it_runs(target: KubernetesTarget, name: str) -> None:
    """Raises Fatal with the kubelet's reason where it does not start, or not in time."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        now = seen_in(target, name)
        if now is None:
            raise Fatal(f"{target.object.label} is gone")
        if now.cannot_start:
            raise Fatal(
                f"the agent's container cannot be started from image {own_image()}: {now.cannot_start}"
            )
        if now.runs or now.exit_code is not None:
            return
        pause()
    raise Fatal(f"the agent's container in {target.object.label} did not start in {STARTS_WITHIN_S:g} s")


def hold_the_line(target: KubernetesTarget, name: str, held: Held) -> None:
    """Start what sends heartbeats, from this machine; returns once the agent is ready. Raises Fatal."""
    told: dict[str, Any] = {
        "access": as_json(target.access),
        "path": f"{target.object.path}/attach",
        "query": _attached(name),
        "libraries": [one for one in sys.path if one and os.path.isdir(one)],  # noqa: PTH112  it is a text
    }
    held.begin(_LINE, ready_within_s=READY_WITHIN_S, told=json.dumps(told))


def tell_to_stop(target: KubernetesTarget, name: str) -> None:
    """Say `stop` on the agent's line, whoever else holds it; where that fails, silence says it later."""
    with contextlib.suppress(KubeError):
        cluster = on(target.access)
        cluster.run(_stop(cluster.client, target.object.path, name))


async def _stop(client: Client, pod: str, name: str) -> None:
    async with client.websocket(f"{pod}/attach", _attached(name)) as socket:
        await socket.send_bytes(b"\0stop\n")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOPS_WITHIN_S):
                async for _ in socket:  # until its container has ended
                    pass


def _attached(name: str) -> dict[str, str]:
    return {"container": name, "stdin": "true", "stdout": "true", "stderr": "false"}


def seen_in(target: KubernetesTarget, name: str) -> Seen | None:
    """The agent as it is now; None where its pod is gone."""
    pod = present(target.access, target.object)
    return None if pod is None else seen(pod, name)


def pause() -> None:
    """Until the next look."""
    threading.Event().wait(LOOKS_EVERY_S)
