"""A real autoscaler beside faults: without metrics, it keeps replicas within its bounds all the same."""

from collections.abc import Callable
from typing import Any

import pytest

from seatrial.action import Lease
from seatrial.errors import ForeignChange
from seatrial.kube import marks
from seatrial.kube.ref import Ref
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.actions.kubernetes.acting import action_of
from tests.actions.kubernetes.test_workload import NOWHERE, autoscaler, stateful

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
LEASE = Lease(id="20260101T000000-scaler.f0.t0", max_hold_s=120)
ACTS_WITHIN_S = 60.0
"""It looks every 15 s, if nothing else was set."""


def replicas(namespace: KubeNamespace, one: Ref) -> int:
    return int(namespace.cluster.get(one.path)["spec"]["replicas"])


def bounded(namespace: KubeNamespace, one: Ref, least: int, most: int) -> Ref:
    manifest = autoscaler(one.name, one.kind)
    manifest["spec"] |= {"minReplicas": least, "maxReplicas": most}
    return namespace.add(manifest)


@pytest.mark.parametrize(
    "make",
    [lambda: deployment("web", 3, **NOWHERE), lambda: stateful("web", 3)],
    ids=["Deployment", "StatefulSet"],
)
def test_replicas_follow_the_bounds_of_the_fault_and_of_its_undo(
    make: Callable[[], dict[str, Any]], namespace: KubeNamespace
) -> None:
    web = namespace.add(make())
    scaler = bounded(namespace, web, 2, 5)
    target = namespace.target(web)
    action = action_of("autoscaler.bounds", min_replicas=1, max_replicas=1)
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    namespace.until(lambda: action.has_effect(target, state), action.effect_within_s)
    assert replicas(namespace, web) == 1
    action.undo(target, state)
    assert action.is_undone(target, state)
    spec = namespace.cluster.get(scaler.path)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    namespace.until(lambda: replicas(namespace, web) == 2, ACTS_WITHIN_S)


def test_one_that_comes_under_a_fault_has_the_last_word(namespace: KubeNamespace) -> None:
    web = namespace.add(deployment("web", 1, **NOWHERE))
    target = namespace.target(web)
    action = action_of("workload.scale", replicas=5)
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    bounded(namespace, web, 1, 3)
    namespace.until(lambda: replicas(namespace, web) == 3, ACTS_WITHIN_S)
    with pytest.raises(ForeignChange, match="replicas"):
        action.undo(target, state)
    assert action.is_undone(target, state)
    assert replicas(namespace, web) == 3
    assert marks.RUN not in namespace.cluster.get(web.path)["metadata"]["labels"]


def test_one_that_comes_where_the_fault_has_left_nothing_waits_for_the_undo(namespace: KubeNamespace) -> None:
    """An autoscaler leaves a workload with no replicas alone."""
    web = namespace.add(deployment("web", 2, **NOWHERE))
    target = namespace.target(web)
    action = action_of("workload.scale", replicas=0)
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    scaler = bounded(namespace, web, 1, 5)
    namespace.until(
        lambda: "ScalingDisabled" in str(namespace.cluster.get(scaler.path)["status"]), ACTS_WITHIN_S
    )
    action.undo(target, state)
    assert action.is_undone(target, state)
    assert replicas(namespace, web) == 2
