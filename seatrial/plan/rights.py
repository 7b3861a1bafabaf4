"""The rights in a cluster that a plan needs, undo and looks included, and nothing more."""

from collections.abc import Iterator

from seatrial.action import NeedsRights
from seatrial.kube.access import Access, find_access
from seatrial.kube.rights import Right
from seatrial.model.experiment import Experiment
from seatrial.plan.plan import Plan
from seatrial.probe import ReadsCluster
from seatrial.targets.target import KubernetesTarget


def rights_of(experiment: Experiment, plan: Plan) -> dict[Access, list[Right]]:
    """By cluster, each right once. Raises InvalidInput where a cluster is not named."""
    found: dict[Access, dict[Right, None]] = {}
    for access, right in (*_of_faults(experiment, plan), *_of_probes(experiment)):
        found.setdefault(access, {})[right] = None
    return {access: list(rights) for access, rights in found.items()}


def _of_faults(experiment: Experiment, plan: Plan) -> Iterator[tuple[Access, Right]]:
    for planned in plan.faults:
        fault = experiment.faults[planned.index]
        selector, action = fault.targets.kubernetes, fault.parameters
        if selector is None:
            continue
        access = find_access(selector.kubeconfig, selector.context)
        yield from ((access, right) for right in selector.rights())
        for one in planned.targets:
            if isinstance(action, NeedsRights) and isinstance(one.target, KubernetesTarget):
                yield from ((access, right) for right in action.rights(one.target))


def _of_probes(experiment: Experiment) -> Iterator[tuple[Access, Right]]:
    for sli in experiment.signals.values():
        if isinstance(sli.probe, ReadsCluster):
            access = sli.probe.access()
            yield from ((access, right) for right in sli.probe.rights())
