"""kubernetes_usage: how much CPU and memory pods use."""

import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from seatrial.api import (
    Access,
    Measure,
    Probe,
    Reading,
    Right,
    SparseReader,
    Survey,
    Unknown,
    Value,
    amount,
    connect_cluster,
    find_access,
    labelled,
    missing_rights,
)

Word = Annotated[str, StringConstraints(min_length=1, max_length=253, strip_whitespace=True)]
GROUP = "metrics.k8s.io"
MIB = 2**20
STALE_WINDOWS = 4
"""Figures that stay the same for longer than so many of their windows are old ones."""
LEAST_STALE_S = 60.0
GO_DURATION = re.compile(r"([\d.]+)(h|ms|us|µs|ns|m|s)")
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class KubernetesUsage(Probe):
    """Reads what pods use from the cluster's own metrics API (metrics-server, or an adapter of Prometheus).

    It has something new to say as often as that measures: every 15 s, as a rule. CPU is the mean over its
    window. Pods that are too young to have been measured are not among `count`.
    """

    name: ClassVar[str] = "kubernetes_usage"
    measure: ClassVar[Measure] = Measure.VALUE
    quantities: ClassVar[Mapping[str, str]] = {
        "cpu_cores": "",
        "cpu_cores_max": "",
        "memory_mib": "",
        "memory_mib_max": "",
        "count": "",
    }

    kubeconfig: Path | None = None
    """Where the cluster is; without it KUBECONFIG, else the usual file, else this pod's own cluster."""
    context: Word | None = None
    """The context of the kubeconfig; without it the current one."""
    namespace: Word
    """Where the pods are."""
    pods: Word | dict[str, str]
    """Pods by their labels: a mapping, or a selector as kubectl's."""
    container: Word | None = None
    """Only this container of each; without it all of them together."""

    def access(self) -> Access:
        """The cluster that is asked."""
        return find_access(self.kubeconfig, self.context)

    def rights(self) -> Iterable[Right]:
        """To list what is measured of pods."""
        return [Right("list", GROUP, "pods", self.namespace)]

    async def survey(self) -> Survey:
        """Whether the cluster measures at all, whether that may be seen, and how often it does."""
        async with connect_cluster(self.access()) as client:
            served = await client.request("GET", "/apis")
            if GROUP not in {one["name"] for one in served["groups"]}:
                hint = "install metrics-server, or use the probe prometheus"
                return Survey(problems=(f"this cluster serves no {GROUP}: {hint}",))
            if lacking := await missing_rights(client, self.rights()):
                return Survey(problems=tuple(f"missing the right to {right}" for right in lacking))
            found = await self._found(client)
        windows = [_window_s(one) for one in found]
        return Survey(every_s=max(windows, default=None))

    async def read(self) -> Reading:
        async with connect_cluster(self.access()) as client:
            return self._reading(await self._found(client))

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SparseReader]:
        said: tuple[list[Any], float] = [], time.monotonic()
        async with connect_cluster(self.access()) as client:

            async def read() -> Reading | None:
                nonlocal said
                found = await self._found(client)
                measured_at = [one["timestamp"] for one in found]
                if measured_at != said[0] or not found:
                    said = measured_at, time.monotonic()
                    return self._reading(found)
                same_s = time.monotonic() - said[1]
                is_old = same_s > max(LEAST_STALE_S, STALE_WINDOWS * max(map(_window_s, found)))
                return Unknown(reason=f"nothing was measured for {same_s:.0f} s") if is_old else None

            yield read

    async def _found(self, client: Any) -> list[Any]:
        path = f"/apis/{GROUP}/v1beta1/namespaces/{self.namespace}/pods"
        answer = await client.request("GET", path, query={"labelSelector": labelled(self.pods)})
        return sorted(answer["items"], key=lambda one: str(one["metadata"]["name"]))

    def _reading(self, found: list[Any]) -> Reading:
        used = [self._of_pod(one) for one in found]
        cores, mib = [cpu for cpu, _ in used], [memory for _, memory in used]
        if not used:
            return Unknown(reason=f"nothing is measured of pods {self.pods} in namespace {self.namespace}")
        values = {"cpu_cores": sum(cores), "cpu_cores_max": max(cores)}
        values |= {"memory_mib": sum(mib), "memory_mib_max": max(mib)}
        return Value(values={**values, "count": len(used)})

    def _of_pod(self, pod: Any) -> tuple[float, float]:
        """Cores and MiB."""
        usages = [one["usage"] for one in pod["containers"] if self.container in (None, one["name"])]
        cores = sum(amount(one["cpu"]) for one in usages)
        return float(cores), float(sum(amount(one["memory"]) for one in usages)) / MIB


def _window_s(pod: Any) -> float:
    """As Go writes durations: `15.065s`, `1m0s`."""
    return sum(float(number) * SECONDS[unit] for number, unit in GO_DURATION.findall(pod["window"]))
