"""Workloads with another number of replicas."""

from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.actions.kubernetes.acting import only, why_not

pytestmark = pytest.mark.kubernetes
NOWHERE = {"nodeSelector": {"seatrial.io/nowhere": "true"}}
"""Pods that are never scheduled cost nothing."""


def stateful(name: str, replicas: int) -> dict[str, Any]:
    """The same as a StatefulSet, which has no ReplicaSets."""
    manifest = deployment(name, replicas, **NOWHERE)
    spec = {**manifest["spec"], "serviceName": name, "podManagementPolicy": "Parallel"}
    return {**manifest, "kind": "StatefulSet", "spec": spec}


def autoscaler(of: str, kind: str = "Deployment") -> dict[str, Any]:
    scaled = {"apiVersion": "apps/v1", "kind": kind, "name": of}
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": of},
        "spec": {"scaleTargetRef": scaled, "minReplicas": 1, "maxReplicas": 5, "metrics": [metric]},
    }


class TestWorkloadScale(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("workload.scale", replicas=0)

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(deployment("web", 1, **NOWHERE))

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/spec/replicas", "value": 2})


@pytest.mark.slow
class TestWorkloadScaleOfAStatefulSet(TestWorkloadScale):
    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(stateful("web", 1))


@pytest.mark.slow
class TestAutoscalerBounds(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("autoscaler.bounds", max_replicas=1)

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        made = namespace.add_new(deployment("web", 1, **NOWHERE))
        namespace.add(autoscaler(made.name))
        return made

    def pictured(self, target: KubernetesTarget) -> list[str]:
        one = target.object
        return [f"/apis/autoscaling/v2/namespaces/{one.namespace}/horizontalpodautoscalers/{one.name}"]

    def remove(self, target: KubernetesTarget) -> None:
        self.owner.cluster.delete(self.pictured(target)[0])

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        path = self.pictured(target)[0]
        self.owner.cluster.patch(path, [{"op": "replace", "path": "/spec/maxReplicas", "value": 3}])


@pytest.mark.slow
class TestRolloutPause(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("rollout.pause")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(deployment("web", 0))


def test_who_would_put_the_number_back_is_told_at_once(namespace: KubeNamespace) -> None:
    web = namespace.add(deployment("web", 1, **NOWHERE))
    assert why_not("workload.scale", namespace, web, replicas=0) == ""
    made = only(namespace, "ReplicaSet")
    assert "Deployment/web would put" in why_not("workload.scale", namespace, made, replicas=0)
    namespace.add(autoscaler("web"))
    assert "use autoscaler.bounds" in why_not("workload.scale", namespace, web, replicas=0)
    assert "give the other bound" in why_not("autoscaler.bounds", namespace, web, min_replicas=9)
