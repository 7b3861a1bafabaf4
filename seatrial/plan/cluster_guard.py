"""What guardians in the cluster have to be able to undo, and whether they can be had at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seatrial.action import NeedsRights
from seatrial.errors import InvalidInput
from seatrial.kube import marked, rights
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.image import own_image
from seatrial.kube.rights import Right, on_kind
from seatrial.model.experiment import Experiment
from seatrial.model.guardian import ClusterGuardian
from seatrial.model.units import format_duration
from seatrial.plan.plan import Plan, PlannedFault
from seatrial.targets.target import KubernetesTarget

_MAKING = ("create", "get", "delete")


@dataclass(frozen=True)
class GuardedCluster:
    """One cluster with all that a plan does to it."""

    access: Access
    namespace: str
    """Where its guardians run."""
    settings: ClusterGuardian
    rights: tuple[Right, ...]
    """All that its faults and their undo take."""
    actions: tuple[str, ...]

    @property
    def places(self) -> list[marked.Place]:
        """Where the plan may leave a fault."""
        return marked.places_of(self.rights)

    @property
    def guardian_rights(self) -> tuple[Right, ...]:
        """What a guardian may do: the plan's, to look, and its own Lease."""
        own = on_kind("Lease", self.namespace, "get", "patch")
        return (*self.rights, *marked.rights_to_look(self.places), *own)

    @property
    def runner_rights(self) -> tuple[Right, ...]:
        """What it takes to have guardians, and to remove them."""
        made = [on_kind(kind, self.namespace, *_MAKING) for kind in ("Job", "Lease")]
        given: tuple[Right, ...] = ()
        if self.settings.service_account is None:
            given = self.guardian_rights  # nobody may give what they have not
            made.append(on_kind("ServiceAccount", self.namespace, *_MAKING))
            for where in {right.namespace for right in given}:
                prefix = "Cluster" if where is None else ""
                made += [on_kind(f"{prefix}{kind}", where, *_MAKING) for kind in ("Role", "RoleBinding")]
        more = [*on_kind("Lease", self.namespace, "patch"), *on_kind("Pod", self.namespace, "list")]
        return (*(right for rights_on in made for right in rights_on), *more, *given)


def guarded_clusters(experiment: Experiment, faults: Sequence[PlannedFault]) -> list[GuardedCluster]:
    """Each cluster that is to have guardians; raises InvalidInput where nobody says where they run."""
    settings = experiment.cluster_guardian
    if settings is None:
        return []
    wanted: dict[Access, list[Right]] = {}
    actions: dict[Access, set[str]] = {}
    namespaces: dict[Access, str] = {}
    for fault in faults:
        action = experiment.faults[fault.index].parameters
        for planned in fault.targets:
            target = planned.target
            if not isinstance(target, KubernetesTarget) or not isinstance(action, NeedsRights):
                continue
            wanted.setdefault(target.access, []).extend(action.rights(target))
            actions.setdefault(target.access, set()).add(fault.action)
            if where := settings.namespace or target.object.namespace:
                namespaces.setdefault(target.access, where)
    if homeless := wanted.keys() - namespaces.keys():
        raise InvalidInput(
            f"no namespace is named for the guardians in {homeless.pop().label}",
            "write `guardian: {cluster: {namespace: …}}`",
        )
    return [
        GuardedCluster(
            access, namespaces[access], settings, tuple(dict.fromkeys(given)), tuple(sorted(actions[access]))
        )
        for access, given in wanted.items()
    ]


def with_guardians(experiment: Experiment, plan: Plan) -> Plan:
    """The plan with what there is to say of its guardians in the cluster, and why they cannot be had."""
    if not plan.faults or plan.control:
        return plan
    clusters = guarded_clusters(experiment, plan.faults)
    notes = (*plan.notes, *map(_note, clusters))
    refusals = (*plan.refusals, *_refusals(clusters))
    return plan.model_copy(update={"notes": notes, "refusals": refusals})


def _refusals(clusters: Sequence[GuardedCluster]) -> Iterator[str]:
    if not clusters:
        yield "`guardian: cluster` guards faults on Kubernetes, and here is none: leave it out"
    for one in clusters:
        try:
            # That the plan's own are there has been asked for each action.
            asked = [right for right in one.runner_rights if right not in one.rights]
            cluster = cluster_at(one.access)
            lacking = cluster.run(rights.missing(cluster.client, asked))
        except KubeError as error:
            yield f"guardian: {error}"
            continue
        yield from (f"guardian: missing the right to {right}" for right in lacking)


def _note(one: GuardedCluster) -> str:
    account = one.settings.service_account or "an own ServiceAccount"
    image = own_image(one.settings.image)
    return (
        f"two guardians in {one.access.label}, namespace {one.namespace}, as {account}, image {image}: "
        f"they undo {format_duration(one.settings.lease)} after the runner's "
        "last sign of life"
    )
