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

    @functools.cached_property
    def _by_owner(self) -> Mapping[str, list[Json]]:
        """Pods by the uid of who made them, and by whoever is at the top of their owners."""
        found: dict[str, list[Json]] = {}
        for pod in self.pods:
            direct = owner(pod)
            for key in {direct.uid, self.workload_of(pod)} if direct is not None else ():
                found.setdefault(str(key), []).append(pod)
        return found

    @functools.cached_property
    def _by_label(self) -> Mapping[tuple[str, str], list[Json]]:
        found: dict[tuple[str, str], list[Json]] = {}
        for pod in self.pods:
            for label in labels(pod).items():
                found.setdefault(label, []).append(pod)
        return found

    @functools.cached_property
    def _by_uid(self) -> Mapping[str, Json]:
        return {metadata(pod)["uid"]: pod for pod in self.pods}

    def pods_of(self, one: Ref) -> list[Json]:
        """Those that stand or fall with an object of this namespace."""
        if one.kind == "Pod":
            return [self._by_uid[one.uid]] if one.uid in self._by_uid else []
        if one.kind == "Namespace":
            return self.pods
        if one.kind == "Service":
            behind = [each for each in self.services if metadata(each)["uid"] == one.uid]
            return self._behind(behind[0]) if behind else []
        if one.kind in WORKLOADS:
            return self._by_owner.get(f"{one.kind}/{one.name}") or self._by_owner.get(one.uid, [])
        return []

    def _behind(self, service: Json) -> list[Json]:
        """The pods that a service sends requests to, when they are ready."""
        first = next(iter(service["spec"]["selector"].items()))
        return [pod for pod in self._by_label.get(first, ()) if is_behind(service, pod)]

    def groups_of(self, pods: Iterable[Json]) -> Iterator[tuple[GroupKind, str, list[Json]]]:
        """Kind, name and all ready pods of each workload and service that some of the pods are in."""
        hit = {metadata(pod)["uid"]: pod for pod in pods}
        for workload in dict.fromkeys(filter(None, map(self.workload_of, hit.values()))):
            kind, _, name = workload.partition("/")
            members = self._by_owner.get(workload, [])
            yield "workload", f"{kind.lower()} {self.name}/{name}", list(filter(is_ready, members))
        for service in self.services:
            members = self._behind(service)
            if any(metadata(pod)["uid"] in hit for pod in members):
                name = metadata(service)["name"]
                yield "service", f"service {self.name}/{name}", list(filter(is_ready, members))

    def budgets_of(self, pod: Json) -> list[Json]:
        """The budgets that a pod is under."""
        return [one for one in self.budgets if selects(one["spec"].get("selector"), labels(pod))]


def is_behind(service: Json, pod: Json) -> bool:
    """Whether a service sends requests to a pod, when that is ready."""
    wanted: dict[str, Any] = service["spec"]["selector"]
    return all(labels(pod).get(key) == value for key, value in wanted.items())
