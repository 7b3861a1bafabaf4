"""Makes the Job, follows its pods' logs, and passes what they say on to the engine, in Locust's place.

Run as `python -m seatrial.load.pods.relay ORDER`; ends the Job when told to, or when the engine is gone.
"""

import asyncio
import contextlib
import json
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import anyio

from seatrial.errors import SeatrialError
from seatrial.kube.access import Access, find_access
from seatrial.kube.client import JSON_PATCH, Client, Json, connect
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import metadata
from seatrial.kube.pod_log import PodLog, follow
from seatrial.kube.reflector import Reflector, Unseen
from seatrial.load.pods.job import DEADLINE_S, RENEW_S, PodLoad, PodsOrder, job, secret
from seatrial.load.wire import FD_VARIABLE

_CLOCKS_APART_MAX_S: Final = 1.0
_PAUSE_S: Final = 0.2
_LAST_WORDS_S: Final = 2.5
"""How long pods that were told to end may take to say what they have left."""


class Failed(Exception):
    """There is no load, or no longer, and why."""


def check_clock(theirs_unix: float, ours_unix: float) -> None:
    """Lines come within milliseconds; what is further ahead is a clock. Raises Failed."""
    apart_s = theirs_unix - ours_unix
    if apart_s > _CLOCKS_APART_MAX_S:
        raise Failed(f"a node's clock is {apart_s:.1f} s ahead of this machine's: its seconds are others")


class Relay:
    """One Job and what its pods say."""

    def __init__(self, order: PodsOrder, client: Client, engine: socket.socket) -> None:
        self._order = order
        self._client = client
        self._engine = engine
        self._path = KINDS["Job"].path(order.namespace, order.name)
        self._ending = False
        self._followed: set[str] = set()
        self._done: set[str] = set()
        self._started_s = 0.0
        self._starts: list[dict[str, Any]] = []
        self._counts_from: int | None = None
        """The first second in which all of them send."""
        pods = {"labelSelector": f"batch.kubernetes.io/job-name={order.name}"}
        self._pods = Reflector(client, KINDS["Pod"].collection(order.namespace), pods)

    async def make(self, load: PodLoad) -> None:
        """The Job, its Secret, then its pods."""
        jobs, secrets = (KINDS[kind].collection(self._order.namespace) for kind in ("Job", "Secret"))
        made = await self._client.request("POST", jobs, body=job(self._order))
        await self._client.request("POST", secrets, body=secret(self._order, load, made["metadata"]["uid"]))
        await self._patch("suspend", value=False)
        self._started_s = time.monotonic()

    async def serve(self) -> None:
        """Until it is told to end; raises Failed when a pod ends before that."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pods.run)
            tasks.start_soon(self._keep_alive)
            try:
                await self._follow_all(tasks)
            finally:
                tasks.cancel_scope.cancel()

    async def _follow_all(self, tasks: anyio.abc.TaskGroup) -> None:
        await self._pods.wait()
        give_up_s = self._started_s + self._order.start_within_s
        while len(self._done) < self._order.workers:
            try:
                for pod in self._pods.objects():
                    self._look_at(pod, tasks)
            except Unseen:
                pass  # the lines go on where they are, once it is seen again
            if len(self._followed) < self._order.workers and time.monotonic() > give_up_s:
                raise Failed(f"{len(self._followed)} of {self._order.workers} pods run: {self._why_not()}")
            with anyio.move_on_after(1.0):
                await self._pods.changed()

    def _look_at(self, pod: Json, tasks: anyio.abc.TaskGroup) -> None:
        name = metadata(pod)["name"]
        phase = (pod.get("status") or {}).get("phase")
        if name not in self._followed and phase in ("Running", "Succeeded", "Failed"):
            self._followed.add(name)
            tasks.start_soon(self._follow, name)

    def _why_not(self) -> str:
        try:
            pods = self._pods.objects()
        except Unseen as why:
            return str(why)
        return "; ".join(sorted({_reason(pod) for pod in pods})) or "none was made: is there a quota?"

    async def _follow(self, name: str) -> None:
        log = PodLog()
        lost = 0
        async for line in follow(self._client, self._order.namespace, name, log):
            message, lost = dict(line.said["message"]), lost + line.lost
            check_clock(line.said["now_unix"], datetime.now(UTC).timestamp())
            if "end" in message:  # a gap is evidence that is missing
                message["end"]["lost"] += lost
                lost = 0
            self._send(message)
        self._done.add(name)
        if not self._ending:
            raise Failed(f"pod {name} ended by itself: {' '.join(log.words) or 'it said nothing'}")

    def _send(self, message: dict[str, Any]) -> None:
        """Nothing is told before all have begun: until then it is not the load that was asked for."""
        if message["kind"] == "started":
            self._starts.append(message)
            if len(self._starts) == self._order.workers:
                self._counts_from = math.floor(datetime.now(UTC).timestamp()) + 1
                for one in self._starts:
                    self._tell({**one, "pid": 0, "second": self._counts_from})
        elif message["kind"] == "hello":
            self._tell({**message, "pid": 0})  # of another machine
        elif self._counts_from is not None and message["second"] >= self._counts_from:
            self._tell(message)

    def _tell(self, message: Mapping[str, Any]) -> None:
        try:
            self._engine.send(json.dumps(message).encode())
        except OSError:
            self._ending = True  # the engine is gone, which `_gone` tells too

    async def _keep_alive(self) -> None:
        """The Job's deadline counts from its start: it is moved on as long as somebody is here to do it."""
        while True:
            lasts_s = time.monotonic() - self._started_s + DEADLINE_S
            if len(self._followed) == self._order.workers:
                with contextlib.suppress(KubeError):  # it is tried again before the deadline
                    await self._patch("activeDeadlineSeconds", value=int(lasts_s))
            await anyio.sleep(RENEW_S)

    async def _patch(self, field: str, *, value: object) -> None:
        change = [{"op": "replace", "path": f"/spec/{field}", "value": value}]
        await self._client.request("PATCH", self._path, body=change, content_type=JSON_PATCH)

    async def end(self) -> None:
        """Delete the Job; its pods say what they have left, and go."""
        self._ending = True
        for _ in range(3):
            try:
                options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}
                await self._client.request("DELETE", self._path, body=options)
                return
            except KubeError as error:
                if error.is_gone:
                    return
            await anyio.sleep(_PAUSE_S)


def _reason(pod: Json) -> str:
    status = pod.get("status") or {}
    for one in status.get("containerStatuses") or ():
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason"):
            return f"{waiting['reason']} {waiting.get('message', '')}".strip()
    for one in status.get("conditions") or ():
        if one.get("status") == "False" and one.get("message"):
            return str(one["message"])
    return str(status.get("phase"))


async def _run(order: PodsOrder, load: PodLoad, engine: socket.socket) -> None:
    access: Access = find_access(order.kubeconfig, order.context)
    async with connect(access) as client:
        relay = Relay(order, client, engine)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_gone, engine, ended)
            tasks.start_soon(_serve, relay, load, tasks)
            await ended.wait()
            with anyio.CancelScope(shield=True):
                await relay.end()
                tasks.cancel_scope.deadline = anyio.current_time() + _LAST_WORDS_S


async def _serve(relay: Relay, load: PodLoad, tasks: anyio.abc.TaskGroup) -> None:
    try:
        await relay.make(load)
        await relay.serve()
    except BaseException:
        with anyio.CancelScope(shield=True):
            await relay.end()
        raise
    tasks.cancel_scope.cancel()


async def _gone(engine: socket.socket, ended: asyncio.Event) -> None:
    """The engine never writes: what is readable is its end."""
    await anyio.wait_readable(engine)
    ended.set()


def main() -> int:
    """Relay until the end; what went wrong is the last line of the output."""
    socket_fd, config_fd, _ = map(int, os.environ.pop(FD_VARIABLE).split(":"))
    order = PodsOrder.model_validate_json(sys.argv[1])
    with os.fdopen(config_fd, "rb") as file:
        load = PodLoad.model_validate_json(file.read())
    with socket.socket(fileno=socket_fd) as engine:
        try:
            asyncio.run(_run(order, load, engine))
        except BaseExceptionGroup as group:
            print("; ".join(_words(group)))  # noqa: T201  becomes locust.log
            return 1
        except (SeatrialError, KubeError, Failed) as error:
            print(error)  # noqa: T201  becomes locust.log
            return 1
    return 0


def _words(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [words for one in error.exceptions for words in _words(one)]
    return [str(error) or type(error).__name__]


if __name__ == "__main__":
    sys.exit(main())
