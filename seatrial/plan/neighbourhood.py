"""What stands around the pods of a cluster: who owns them, which services and budgets they are in."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS, WORKLOADS
from seatrial.kube.objects import (
    is_finished,
    is_ready,
    is_static,
    is_terminating,
    labels,
    metadata,
    owner,
    selects,
)
from seatrial.kube.ref import Ref

GroupKind = Literal["workload", "service"]


class Neighbourhood:
    """One namespace as it is now, each kind read when it is first asked for. Raises KubeError."""

    def __init__(self, access: Access, namespace: str) -> None:
        self.access = access
        self.name = namespace

    def _list(self, kind: str) -> list[Json]:
        return cluster_at(self.access).list_all(KINDS[kind].collection(self.name))

    @functools.cached_property
    def pods(self) -> list[Json]:
        """Those that run or are about to, ready ones first."""
        found = self._list("Pod")
        alive = [pod for pod in found if not (is_finished(pod) or is_terminating(pod) or is_static(pod))]
        return sorted(alive, key=lambda pod: not is_ready(pod))

    @functools.cached_property
    def services(self) -> list[Json]:
        """Those that select pods."""
        return [one for one in self._list("Service") if (one.get("spec") or {}).get("selector")]

    @functools.cached_property
    def budgets(self) -> list[Json]:
        """PodDisruptionBudgets."""
        return self._list("PodDisruptionBudget")

    @functools.cached_property
    def _above(self) -> Mapping[str, str]:
        found = ((metadata(one)["uid"], owner(one)) for one in self._list("ReplicaSet"))
        return {uid: str(above) for uid, above in found if above is not None}

    def workload_of(self, pod: Json) -> str | None:
        """At the top of its owners: `Deployment/web`."""
        found = owner(pod)
        return None if found is None else self._above.get(found.uid, str(found))

    def pods_of(self, one: Ref) -> list[Json]:
        """Those that stand or fall with an object of this namespace."""
        if one.kind == "Pod":
            return [pod for pod in self.pods if metadata(pod)["uid"] == one.uid]
        if one.kind == "Namespace":
            return self.pods
        if one.kind == "Service":
            behind = [each for each in self.services if metadata(each)["uid"] == one.uid]
            return [pod for pod in self.pods if behind and is_behind(behind[0], pod)]
        if one.kind in WORKLOADS:
            return [pod for pod in self.pods if self._is_of(pod, one)]
        return []

    def _is_of(self, pod: Json, one: Ref) -> bool:
        direct = owner(pod)
        return self.workload_of(pod) == f"{one.kind}/{one.name}" or (
            direct is not None and direct.uid == one.uid
        )

    def groups_of(self, pods: Iterable[Json]) -> Iterator[tuple[GroupKind, str, list[Json]]]:
        """Kind, name and all ready pods of each workload and service that some of the pods are in."""
        hit = list(pods)
        for workload in dict.fromkeys(filter(None, map(self.workload_of, hit))):
            kind, _, name = workload.partition("/")
            members = [pod for pod in self.pods if self.workload_of(pod) == workload]
            yield "workload", f"{kind.lower()} {self.name}/{name}", list(filter(is_ready, members))
        for service in self.services:
            if any(is_behind(service, pod) for pod in hit):
                members = [pod for pod in self.pods if is_behind(service, pod)]
                name = metadata(service)["name"]
                yield "service", f"service {self.name}/{name}", list(filter(is_ready, members))

    def budgets_of(self, pod: Json) -> list[Json]:
        """The budgets that a pod is under."""
        return [one for one in self.budgets if selects(one["spec"].get("selector"), labels(pod))]


def is_behind(service: Json, pod: Json) -> bool:
    """Whether a service sends requests to a pod, when that is ready."""
    wanted: dict[str, Any] = service["spec"]["selector"]
    return all(labels(pod).get(key) == value for key, value in wanted.items())
