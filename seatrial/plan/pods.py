"""The pods that a plan hits, counted in its clusters, and why that may be too many. Touches nothing."""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from seatrial.action import Fate, HitsPods
from seatrial.errors import FaultError, SeatrialError
from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_finished, is_static, labels, metadata
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right, on_kind
from seatrial.kubefaults.evicting import ask_to_evict
from seatrial.model.experiment import Experiment
from seatrial.model.floor import Floor
from seatrial.plan.neighbourhood import Neighbourhood
from seatrial.plan.plan import PlannedFault
from seatrial.plan.reach import PodGroup, PodReach, Reached, Span, Workload
from seatrial.plan.workloads import JUDGED, collections_of, read
from seatrial.targets.target import KubernetesTarget

OWN_POD = "SEATRIAL_POD_UID"
"""The uid of the pod that Seatrial runs in, from the downward API."""

_GOING: Final[frozenset[Fate]] = frozenset({"lost", "evicted", "drained"})


@dataclass
class _Hit:
    """One pod that is hit, for all that is known of it."""

    access: Access
    pod: Json
    fates: set[Fate] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return _name_of(self.pod)

    @property
    def is_taken(self) -> bool:
        return bool(self.fates & _GOING)


def reach_of(faults: Sequence[PlannedFault], experiment: Experiment) -> Reached:
    """The pods and what they are part of."""
    counting = _Counting(experiment)
    try:
        pods, refusals = counting.count(faults)
        return Reached(pods, tuple(counting.workloads()), tuple(refusals))
    except KubeError as error:
        hint = ": `seatrial plan --rbac` prints the rights that this needs" if error.is_forbidden else ""
        return Reached(refusals=(f"the pods that would be hit cannot be counted: {error}{hint}",))
    except (SeatrialError, FaultError) as error:
        return Reached(refusals=(f"the pods that would be hit cannot be counted: {error}",))


class _Counting:
    """Reads each namespace once."""

    def __init__(self, experiment: Experiment) -> None:
        caps = experiment.blast_radius
        self._experiment = experiment
        self._floor = caps.keep_ready if caps is not None else None
        self._near: dict[tuple[Access, str], Neighbourhood] = {}
        self._hits: dict[tuple[Access, str], _Hit] = {}
        self._by_target: dict[str, tuple[str, ...]] = {}
        self._taken: list[str] = []
        self._touched: dict[tuple[Access, str, str | None, str], None] = {}

    def workloads(self) -> list[Workload]:
        """Those that are touched, as they are now; after `count`."""
        return list(read(collections_of(self._touched)))

    def count(self, faults: Sequence[PlannedFault]) -> tuple[PodReach | None, list[str]]:
        for fault in faults:
            action = self._experiment.faults[fault.index].parameters
            for planned in fault.targets:
                if isinstance(planned.target, KubernetesTarget):
                    self._add(planned.id, planned.target, action)
        if not self._by_target:
            return None, []
        spans = [span for fault in faults for span in _spans_of(fault)]
        reach = PodReach(by_target=self._by_target, taken=tuple(self._taken), at_once=0, groups=())
        near = list(self._groups())
        most = reach.most_of_each(spans, near)
        groups = [group.model_copy(update={"at_once": n}) for group, n in zip(near, most, strict=True)]
        reach = reach.model_copy(update={"at_once": reach.most(spans), "groups": tuple(groups)})
        too_many = filter(None, (one.refusal() for one in groups))
        return reach, [*self._protected(), *too_many, *self._asked(groups)]

    def _add(self, id_: str, target: KubernetesTarget, action: Any) -> None:
        fate: Fate = action.pods_are if isinstance(action, HitsPods) else "cut off"
        self._touch(target.access, target.object.namespace, workload_of(target))
        if fate == "spared":
            return
        pods = list(self._pods_of(target))
        if isinstance(action, HitsPods):
            pods = list(action.pods_hit(target, pods))
        for pod in pods:
            hit = self._hits.setdefault((target.access, metadata(pod)["uid"]), _Hit(target.access, pod))
            hit.fates.add(fate)
            hit.actions.add(action.name)
            namespace = metadata(pod)["namespace"]
            near = self._around(target.access, namespace)
            self._touch(target.access, namespace, near.workload_of(pod))
        self._by_target[id_] = tuple(map(_name_of, pods))
        if fate in _GOING - {"drained"}:  # a drain waits until a budget has room
            self._taken.append(id_)

    def _touch(self, access: Access, namespace: str | None, workload: str | None) -> None:
        kind, _, name = (workload or "").partition("/")
        if kind in JUDGED:
            self._touched[access, kind, namespace, name] = None

    def _pods_of(self, target: KubernetesTarget) -> list[Json]:
        one = target.object
        if one.kind == "Node":
            found = cluster_at(target.access).list_all(
                KINDS["Pod"].collection(), fieldSelector=f"spec.nodeName={one.name}"
            )
            return [pod for pod in found if not (is_finished(pod) or is_static(pod))]
        namespace = one.name if one.kind == "Namespace" else one.namespace
        return self._around(target.access, namespace or "").pods_of(one)

    def _around(self, access: Access, namespace: str) -> Neighbourhood:
        return self._near.setdefault((access, namespace), Neighbourhood(access, namespace))

    def _groups(self) -> Iterator[PodGroup]:
        by_namespace: dict[tuple[Access, str], list[_Hit]] = {}
        for (access, _), hit in self._hits.items():
            by_namespace.setdefault((access, metadata(hit.pod)["namespace"]), []).append(hit)
        for (access, namespace), hits in by_namespace.items():
            near = self._around(access, namespace)
            yield from _workloads_and_services(near, hits, self._floor)
            yield from _budgets(near, [hit for hit in hits if hit.is_taken])

    def _protected(self) -> Iterator[str]:
        """What no fault hits, however it is come by."""
        for hit in self._hits.values():
            why = _why_protected(hit.pod)
            if why:
                yield f"{', '.join(sorted(hit.actions))} would hit pod {hit.name}: {why}"

    def _asked(self, groups: Sequence[PodGroup]) -> Iterator[str]:
        """One eviction a budget is tried without doing it: it finds what arithmetic cannot."""
        evicted = {hit.name: hit for hit in self._hits.values() if hit.fates & {"evicted", "drained"}}
        for hit in evicted.values():
            budgets = self._around(hit.access, metadata(hit.pod)["namespace"]).budgets_of(hit.pod)
            if len(budgets) > 1:
                names = " and ".join(metadata(one)["name"] for one in budgets)
                yield f"pod {hit.name} is under {names}: the cluster evicts no pod with several budgets"
        for group in groups:
            first = next((evicted[name] for name in group.members if name in evicted), None)
            if group.kind != "budget" or first is None or group.refusal() is not None:
                continue
            if (why := _why_not_evicted(first)) is not None:
                yield f"pod {first.name} would not be evicted: {why}"


def _workloads_and_services(near: Neighbourhood, hits: list[_Hit], floor: Floor | None) -> Iterator[PodGroup]:
    names = {hit.name for hit in hits}
    for kind, name, ready in near.groups_of(hit.pod for hit in hits):
        members = tuple(one for one in map(_name_of, ready) if one in names)
        allowed = len(ready) - (floor.of(len(ready)) if floor is not None else 0)
        yield PodGroup(kind=kind, name=name, ready=len(ready), members=members, at_once=0, allowed=allowed)


def _budgets(near: Neighbourhood, hits: list[_Hit]) -> Iterator[PodGroup]:
    under: dict[str, tuple[Json, list[str]]] = {}
    for hit in hits:
        for budget in near.budgets_of(hit.pod):
            under.setdefault(metadata(budget)["name"], (budget, []))[1].append(hit.name)
    for name, (budget, members) in under.items():
        status = budget.get("status") or {}
        yield PodGroup(
            kind="budget",
            name=f"PodDisruptionBudget {near.name}/{name}",
            ready=int(status.get("currentHealthy") or 0),
            members=tuple(members),
            at_once=0,
            allowed=int(status.get("disruptionsAllowed") or 0),
        )


def _why_protected(pod: Json) -> str:
    if metadata(pod)["uid"] == os.environ.get(OWN_POD):
        return "Seatrial itself runs in it"
    if marks.OWN in labels(pod):
        return "it is part of a run of Seatrial, and may be what takes a fault away"
    if labels(pod).get(marks.NEVER) == "true":
        return f"its label {marks.NEVER} says that no fault ever does"
    return ""


def _why_not_evicted(hit: _Hit) -> str | None:
    data = metadata(hit.pod)
    one = Ref(kind="Pod", namespace=data["namespace"], name=data["name"], uid=data["uid"])
    try:
        ask_to_evict(hit.access, one, dry_run=True)
    except KubeError as error:
        return (
            None if error.is_forbidden or error.is_gone else str(error)
        )  # a right that lacks is told as such
    return None


def _spans_of(fault: PlannedFault) -> Iterator[Span]:
    end = math.inf if fault.irreversible else fault.ends_at_s
    return ((planned.id, fault.starts_at_s, end) for planned in fault.targets)


def _name_of(pod: Json) -> str:
    data = metadata(pod)
    return f"{data['namespace']}/{data['name']}"


def workload_of(target: KubernetesTarget) -> str | None:
    """The workload that it is, or is a part of: `Deployment/web`."""
    one = target.object
    return f"{one.kind}/{one.name}" if one.kind in JUDGED else target.workload


def rights_to_count(target: KubernetesTarget, action: Any) -> Iterator[Right]:
    """What counting the pods of a target takes, for roles."""
    fate: Fate = action.pods_are if isinstance(action, HitsPods) else "cut off"
    if fate == "spared":
        return
    one = target.object
    # On a node there are pods of any namespace.
    namespace = one.name if one.kind == "Namespace" else one.namespace
    kinds = ["Pod", "ReplicaSet", "Service"]
    for kind in (*kinds, *(["PodDisruptionBudget"] if fate in _GOING else [])):
        yield from on_kind(kind, namespace, "list")
