"""Rollouts that go wrong, and a history in which nobody finds them afterwards."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.actions.conftest import becomes
from tests.actions.kubernetes.acting import action_of

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(600)]


class OfARollout(KubernetesConformance):
    moments = 3

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        made = namespace.add_new(deployment("web", 1))
        namespace.until(lambda: namespace.ready(made.name) == 1)
        yield made
        namespace.cluster.delete(made.path)

    def sets(self, namespace: KubeNamespace, made: Ref) -> list[str]:
        """Its ReplicaSets, by uid."""
        found = namespace.all("ReplicaSet")
        return sorted(
            one["metadata"]["uid"]
            for one in found
            if one["metadata"]["ownerReferences"][0]["uid"] == made.uid
        )

    def snapshot(self, target: KubernetesTarget) -> list[dict[str, Any] | None]:
        return [*super().snapshot(target), {"sets": self.sets(self.owner, target.object)}]

    def theirs(self, target: KubernetesTarget) -> object:
        """What another has changed in the template is rolled out anew without our mark in it."""
        found: object = self.owner.cluster.get(target.object.path)["spec"]["template"]["spec"]
        return found

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        path = "/spec/template/spec"
        value = {**self.owner.cluster.get(target.object.path)["spec"]["template"]["spec"]}
        value["containers"] = [
            {**value["containers"][0], "image": "theirs:1", "env": [{"name": "A", "value": "b"}]}
        ]
        value["containers"][0]["readinessProbe"] = {"tcpSocket": {"port": 99}}
        value["nodeSelector"] = {"theirs": "yes"}
        self.owner.edit(target.object, {"op": "replace", "path": path, "value": value})


class TestWorkloadUnschedulable(OfARollout):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("workload.unschedulable")


class TestRolloutImage(OfARollout):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("rollout.image")


class TestRolloutProbe(OfARollout):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("rollout.probe")


class TestRolloutEnv(OfARollout):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("rollout.env", variables={"LOG": "x", "MODE": "y"})


class TestWorkloadRestart(OfARollout):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("workload.restart")


ROLLOUTS: dict[str, dict[str, Any]] = {
    "rollout.image": {},
    "rollout.probe": {},
    "rollout.env": {"variables": {"LOG": "x", "MODE": "y"}},
    "workload.restart": {},
    "workload.unschedulable": {},
}


@pytest.mark.parametrize("name", ROLLOUTS)
def test_a_rollout_is_undone_as_if_it_had_never_been(name: str, namespace: KubeNamespace) -> None:
    """Also where the history is full: no revision of the user's goes, and `rollout undo` finds the right."""
    action = action_of(name, **ROLLOUTS[name])
    web = _with_a_history(namespace)
    target = namespace.target(web)
    sets = {one["metadata"]["name"] for one in namespace.all("ReplicaSet")}
    assert len(sets) == 3
    before = namespace.get("Deployment", "web")["spec"]

    state = action.prepare(target, Lease(id=f"test-{name}", max_hold_s=60))
    action.apply(target, state)
    assert becomes(lambda: action.has_effect(target, state), 60), "it did not bite"
    assert namespace.ready("web") >= 1, "a rolling update stops before it does harm"
    namespace.until(lambda: _undone(action, target, state), 120)

    assert namespace.get("Deployment", "web")["spec"] == before
    assert {one["metadata"]["name"] for one in namespace.all("ReplicaSet")} == sets
    namespace.until(lambda: namespace.ready("web") == 1)


def _undone(action: Any, target: KubernetesTarget, state: Any) -> bool:
    from seatrial.errors import Retryable

    try:
        action.undo(target, state)
    except Retryable:
        return False
    return bool(action.is_undone(target, state))


def _with_a_history(namespace: KubeNamespace) -> Ref:
    """A Deployment that keeps two revisions beside the present one, and has them."""
    manifest = deployment("web", 1)
    manifest["spec"]["revisionHistoryLimit"] = 2
    made = namespace.add(manifest)
    for number in range(1, 3):
        namespace.until(lambda: namespace.ready("web") == 1)
        value = {"number": str(number)}
        namespace.edit(made, {"op": "add", "path": "/spec/template/metadata/annotations", "value": value})
        namespace.until(partial(_has_revisions, namespace, number + 1))
    namespace.until(lambda: _is_complete(namespace.get("Deployment", "web")), 120)
    return made


def _has_revisions(namespace: KubeNamespace, number: int) -> bool:
    return len(namespace.all("ReplicaSet")) == number


def _is_complete(found: Any) -> bool:
    status = found.get("status") or {}
    is_seen = status.get("observedGeneration") == found["metadata"]["generation"]
    return (
        is_seen
        and status.get("replicas") == status.get("updatedReplicas") == status.get("readyReplicas") == 1
    )
