"""kubernetes: how workloads, pods, services and nodes of a cluster do."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from seatrial.api import (
    KINDS,
    Access,
    Field,
    Grown,
    JsonValue,
    Measure,
    Probe,
    Reading,
    Right,
    SparseReader,
    Survey,
    Unknown,
    Unseen,
    Value,
    connect_cluster,
    field_validator,
    find_access,
    kube_rights,
    kube_states,
    labelled,
    missing_rights,
    model_validator,
    watching,
)

Word = Annotated[str, StringConstraints(min_length=1, max_length=253, strip_whitespace=True)]
Labels = Word | dict[str, str]
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
WATCHED = ("workload", "pods", "service", "nodes", "events")


class Kubernetes(Probe):
    """Watches a part of a cluster and tells how it does, each interval; nothing is polled.

    What is not seen is unknown: while the API server is away or forbids it, nothing is said of what was
    before. Of `ready`, `available` and `serving` the least since the reading before is told, so that a pod
    that goes and comes between two readings does not go unnoticed.
    """

    name: ClassVar[str] = "kubernetes"

    kubeconfig: Path | None = None
    """Where the cluster is; without it KUBECONFIG, else the usual file, else this pod's own cluster."""
    context: Word | None = None
    """The context of the kubeconfig; without it the current one."""
    namespace: Word | None = None
    """Where; needed, but for nodes."""
    workload: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+/[a-z0-9][a-z0-9.-]*$")] | None = None
    """A Deployment, StatefulSet, DaemonSet or ReplicaSet: `Deployment/web`."""
    pods: Labels | None = None
    """Pods by their labels: a mapping, or a selector as kubectl's."""
    service: Word | None = None
    """A service's endpoints."""
    nodes: Labels | None = None
    """Nodes by their labels; `*` is all of them."""
    events: Annotated[str, Field(min_length=1)] | None = None
    """Events by their reason, a regular expression: `BackOff|OOMKilling|FailedScheduling`."""

    @field_validator("events")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression, {error}") from None
        return pattern

    @model_validator(mode="after")
    def _watches_one(self) -> "Kubernetes":
        named = [key for key in WATCHED if getattr(self, key) is not None]
        if len(named) != 1:
            raise ValueError(
                f"say what is watched, by exactly one of {', '.join(f'`{key}`' for key in WATCHED)}"
            )
        if named[0] != "nodes" and self.namespace is None:
            raise ValueError(f"`{named[0]}` are in a namespace: say which, as `namespace: shop`")
        if self.workload is not None and self.workload.split("/")[0] not in WORKLOAD_KINDS:
            raise ValueError(
                f"{self.workload!r} is none of {', '.join(WORKLOAD_KINDS)}, such as `Deployment/web`"
            )
        return self

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> Mapping[str, str]:
        by_key = {
            "workload": kube_states.WORKLOAD,
            "pods": kube_states.PODS,
            "service": kube_states.SERVICE,
            "nodes": kube_states.NODES,
            "events": kube_states.EVENTS,
        }
        return next((by_key[key] for key in WATCHED if getattr(self, key) is not None), {})

    def access(self) -> Access:
        """The cluster that is watched."""
        return find_access(self.kubeconfig, self.context)

    async def survey(self) -> Survey:
        """Whether all may be seen, and is there."""
        async with connect_cluster(self.access()) as client:
            lacking = await missing_rights(client, self.rights())
        return Survey(problems=tuple(f"missing the right to {right}" for right in lacking))

    def rights(self) -> Iterable[Right]:
        """To list and watch what is watched."""
        kind, _ = self._collection()
        return kube_rights.on_kind(kind, self.namespace, "list", "watch")

    async def read(self) -> Reading:
        async with self.reader() as read:
            return await read() or Unknown(reason="nothing was seen")

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SparseReader]:
        kind, query = self._collection()
        grown = Grown(self._count)
        path = KINDS[kind].collection(self.namespace)
        async with watching(self.access(), path, query, self._state, grown) as watched:

            async def read() -> Reading:
                try:
                    seen = await watched.take()
                except Unseen as why:
                    return Unknown(reason=f"the cluster cannot be seen: {why}")
                if seen is None:
                    return Unknown(reason=f"there is no {self.workload} in namespace {self.namespace}")
                counted = {"restarts": grown.total} if self.pods is not None else {}
                counted |= {"count": grown.total} if self.events is not None else {}
                return Value(values={name: {**seen, **counted}[name] for name in self.quantities})

            yield read

    def _collection(self) -> tuple[str, dict[str, str]]:
        """The kind that is watched, and the query that narrows it."""
        if self.workload is not None:
            kind, _, name = self.workload.partition("/")
            return kind, {"fieldSelector": f"metadata.name={name}"}
        if self.service is not None:
            return "EndpointSlice", {"labelSelector": f"kubernetes.io/service-name={self.service}"}
        if self.nodes is not None:
            return "Node", _by_labels({} if self.nodes == "*" else self.nodes)
        if self.pods is not None:
            return "Pod", _by_labels(self.pods)
        return "Event", {}

    def _state(self, found: Iterable[JsonValue]) -> dict[str, Any] | None:
        if self.workload is not None:
            return kube_states.of_workload(found)
        if self.service is not None:
            return kube_states.of_service(found)
        if self.nodes is not None:
            return kube_states.of_nodes(found)
        return kube_states.of_pods(found) if self.pods is not None else {}

    def _count(self, found: Any) -> int:
        if self.events is None:
            return kube_states.restarts(found)
        return kube_states.times(found) if re.search(self.events, found.get("reason") or "") else 0


def _by_labels(labels: Labels) -> dict[str, str]:
    return {"labelSelector": text} if (text := labelled(labels)) else {}
