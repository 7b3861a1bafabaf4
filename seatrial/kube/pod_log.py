"""Numbered lines of a pod's log, each taken once, however often the connection breaks.

A pod writes `{"seq": 0, …}`, a JSON object a line. A number that is missing is evidence that is lost;
what is no such line are words: why it ended.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import anyio

from seatrial.kube.client import Client
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_finished

_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_WORDS_MAX: Final = 12


class Line(NamedTuple):
    """One line, and how many were lost before it."""

    said: dict[str, Any]
    lost: int


class PodLog:
    """What was taken of one pod's log so far."""

    def __init__(self) -> None:
        self.since: str | None = None
        """When the newest line was written, as the cluster says it."""
        self.words: list[str] = []
        """The last of what was no numbered line."""
        self._next = 0

    def take(self, line: bytes) -> Line | None:
        """A line as the API gives it, behind its time; None where it is none, or was taken already."""
        stamp, _, text = line.decode(errors="replace").rstrip("\n").partition(" ")
        try:
            said = dict(json.loads(text))
            number = int(said["seq"])
        except (ValueError, TypeError, KeyError):
            self.words = [*self.words, text][-_WORDS_MAX:]
            return None
        if number < self._next:
            return None
        self.since = stamp
        lost, self._next = number - self._next, number + 1
        return Line(said, lost)


async def follow(client: Client, namespace: str, pod: str, log: PodLog) -> AsyncIterator[Line]:
    """Every line until the pod is over, or gone; a connection that breaks is taken up again, for ever."""
    path = f"{KINDS['Pod'].path(namespace, pod)}/log"
    pause_s = _PAUSE_S
    while True:
        query = {"follow": "true", "timestamps": "true", **({"sinceTime": log.since} if log.since else {})}
        try:
            async with client.stream(path, query) as lines:
                async for line in lines:
                    pause_s = _PAUSE_S
                    if (taken := log.take(line)) is not None:
                        yield taken
            if await _is_over(client, namespace, pod):
                return
        except KubeError as error:
            if error.is_gone:
                return
        await anyio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


async def _is_over(client: Client, namespace: str, pod: str) -> bool:
    return is_finished(await client.request("GET", KINDS["Pod"].path(namespace, pod)))
