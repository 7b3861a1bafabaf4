"""Starting a run inside the cluster, following it to its end, and ending it."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Final

import anyio

from seatrial.errors import Refused
from seatrial.in_cluster.bringing import Bringing
from seatrial.in_cluster.job import Place, RunOrder, job, secret
from seatrial.kube.access import Access
from seatrial.kube.client import JSON_PATCH, Client, connect
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import metadata
from seatrial.kube.pod_log import PodLog, follow
from seatrial.kube.reflector import Reflector, Unseen
from seatrial.kube.states import of_pods

_START_WITHIN_S: Final = 180.0


class Started:
    """A Job that is there."""

    def __init__(self, client: Client, place: Place, tell: Callable[[str], object]) -> None:
        self._client = client
        self._place = place
        self._tell = tell
        self._path = KINDS["Job"].path(place.namespace, place.name)
        self.lost = 0
        """Lines of its log that never came."""

    async def follow(self, bringing: Bringing) -> int | None:
        """Everything it says, to its end; its exit code, None where it ended without one."""
        code: int | None = None
        log = PodLog()
        async for line in follow(self._client, self._place.namespace, await self._pod(), log):
            self.lost += line.lost
            if "say" in line.said:
                self._tell(line.said["say"])
            elif "run" in line.said:
                bringing.take(line.said)
            elif "exit" in line.said:
                code = int(line.said["exit"])
        for words in log.words if code is None else ():
            self._tell(words)
        return code

    async def _pod(self) -> str:
        """The name of its pod, once that runs; raises Refused where it does not in time."""
        query = {"labelSelector": f"batch.kubernetes.io/job-name={self._place.name}"}
        pods = Reflector(self._client, KINDS["Pod"].collection(self._place.namespace), query)
        why = "it has no pod yet: may its ServiceAccount be used, and is there a quota?"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pods.run)
            with anyio.move_on_after(_START_WITHIN_S):
                while True:
                    with contextlib.suppress(Unseen):
                        for pod in pods.objects():
                            why = str(of_pods([pod])["waiting"] or (pod.get("status") or {}).get("phase"))
                            if (pod.get("status") or {}).get("phase") in ("Running", "Succeeded", "Failed"):
                                tasks.cancel_scope.cancel()
                                return str(metadata(pod)["name"])
                    await pods.changed()
            tasks.cancel_scope.cancel()
        raise Refused(f"job {self._place.name} did not start within {_START_WITHIN_S:g} s: {why}")

    async def end(self) -> None:
        """Tell the run to end: it undoes first. Its log can be followed to the last line."""
        await self._delete("Foreground")

    async def remove(self) -> None:
        """It is over, and everything was brought."""
        await self._delete("Background")

    async def _delete(self, how: str) -> None:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": how}
        try:
            await self._client.request("DELETE", self._path, body=body)
        except KubeError as error:
            if not error.is_gone:
                raise


async def start(client: Client, place: Place, order: RunOrder, bundle: bytes) -> None:
    """Make the Job and its Secret; raises Refused where that is not allowed."""
    jobs, secrets = (KINDS[kind].collection(place.namespace) for kind in ("Job", "Secret"))
    try:
        made = await client.request("POST", jobs, body=job(place))
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": place.name, "uid": metadata(made)["uid"]}
        await client.request("POST", secrets, body=secret(place, order, bundle, owner))
        go = [{"op": "replace", "path": "/spec/suspend", "value": False}]
        await client.request("PATCH", f"{jobs}/{place.name}", body=go, content_type=JSON_PATCH)
    except KubeError as error:
        raise Refused(f"the run cannot be started in namespace {place.namespace}: {error}") from None


async def run_there(
    access: Access,
    place: Place,
    what: tuple[RunOrder, bytes] | None,
    bringing: Bringing,
    tell: Callable[[str], object],
) -> int | None:
    """Start it, or find the one that was started, and follow it; Ctrl-C has it undone and ended first.

    Returns its exit code; None where its log is not whole. Raises Refused.
    """
    async with connect(access) as client:
        started = Started(client, place, tell)
        if what is not None:
            await start(client, place, *what)
            tell(f"job {place.name} in namespace {place.namespace} of {access.label}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_end_on_signal, started, tell)
            code = await started.follow(bringing)
            tasks.cancel_scope.cancel()
        if code is not None and not started.lost:
            await started.remove()
        return None if started.lost else code


async def _end_on_signal(started: Started, tell: Callable[[str], object]) -> None:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, asked.set)
    try:
        await asked.wait()
        tell("it is told to undo and to end; its last words follow")
        await started.end()
        await anyio.sleep_forever()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
