"""The rights in a cluster that a plan needs, undo and looks included, and nothing more."""

from collections.abc import Iterator

from seatrial.action import NeedsRights
from seatrial.kube.access import Access, find_access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.rights import Right, missing, narrowest
from seatrial.load.pods import job
from seatrial.model.experiment import Experiment
from seatrial.plan.cluster_guard import guarded_clusters
from seatrial.plan.plan import Plan
from seatrial.plan.pods import rights_to_count
from seatrial.plan.workloads import watched
from seatrial.probe import ReadsCluster
from seatrial.targets.target import KubernetesTarget


def rights_of(experiment: Experiment, plan: Plan) -> dict[Access, list[Right]]:
    """By cluster, each right once. Raises InvalidInput where a cluster is not named."""
    found: dict[Access, dict[Right, None]] = {}
    faults = (*_of_faults(experiment, plan), *_of_workloads(plan), *_of_guardians(experiment, plan))
    for access, right in (*faults, *_of_probes(experiment), *_of_load(experiment)):
        found.setdefault(access, {})[right] = None
    return {access: narrowest(rights) for access, rights in found.items()}


def _of_faults(experiment: Experiment, plan: Plan) -> Iterator[tuple[Access, Right]]:
    for planned in plan.faults:
        fault = experiment.faults[planned.index]
        selector, action = fault.targets.kubernetes, fault.parameters
        if selector is None:
            continue
        access = find_access(selector.kubeconfig, selector.context)
        yield from ((access, right) for right in selector.rights())
        for one in planned.targets:
            if isinstance(one.target, KubernetesTarget):
                yield from ((access, right) for right in rights_to_count(one.target, action))
            if isinstance(action, NeedsRights) and isinstance(one.target, KubernetesTarget):
                lasts = experiment.seed is not None or len(planned.targets) == planned.population
                for right in action.rights(one.target):
                    yield access, right if lasts and _lasts(one.target) else _on_any(right, one.target)


def _lasts(target: KubernetesTarget) -> bool:
    """Whether an object has its name tomorrow: a Deployment's pods have not."""
    is_numbered = (target.workload or "").startswith("StatefulSet/")
    return target.object.kind != "Pod" or target.workload is None or is_numbered


def _on_any(right: Right, target: KubernetesTarget) -> Right:
    """Another run hits another object of that kind, and wants no other role."""
    return right._replace(name=None) if right.name == target.object.name else right


def _of_workloads(plan: Plan) -> Iterator[tuple[Access, Right]]:
    for some in watched(plan.workloads):
        yield from ((some.access, right) for right in some.rights())


def _of_guardians(experiment: Experiment, plan: Plan) -> Iterator[tuple[Access, Right]]:
    for one in guarded_clusters(experiment, plan.faults):
        yield from ((one.access, right) for right in one.runner_rights)


def _of_probes(experiment: Experiment) -> Iterator[tuple[Access, Right]]:
    for sli in experiment.signals.values():
        if isinstance(sli.probe, ReadsCluster):
            access = sli.probe.access()
            yield from ((access, right) for right in sli.probe.rights())


def _of_load(experiment: Experiment) -> Iterator[tuple[Access, Right]]:
    """What load from pods takes."""
    load = experiment.load
    if load is not None and load.workers is not None and load.workers.kubernetes is not None:
        access = find_access(load.workers.kubeconfig, load.workers.context)
        yield from ((access, right) for right in job.rights(load))


def with_rights(experiment: Experiment, plan: Plan) -> Plan:
    """The plan, refused where whoever runs it lacks any right that it needs, undo included."""
    wanted = plan if not plan.control else plan.model_copy(update={"faults": (), "workloads": ()})
    hit = (one for fault in plan.faults for one in fault.targets)
    told = "\n".join((*plan.forbidden, *(why for one in hit for why in one.missing_privileges)))
    lacking = tuple(why for why in _lacking(experiment, wanted) if why.removeprefix("missing ") not in told)
    return plan.model_copy(update={"refusals": (*plan.refusals, *lacking)})


def _lacking(experiment: Experiment, plan: Plan) -> Iterator[str]:
    for access, rights in rights_of(experiment, plan).items():
        cluster = cluster_at(access)
        try:
            lacking = cluster.run(missing(cluster.client, rights))
        except KubeError as error:
            yield f"{access.label} does not say what it allows: {error}"
            continue
        yield from (f"missing the right to {right}" for right in lacking)
