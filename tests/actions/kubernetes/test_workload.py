"""Workloads with another number of replicas."""

from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment

pytestmark = pytest.mark.kubernetes
NOWHERE = {"nodeSelector": {"seatrial.io/nowhere": "true"}}
"""Pods that are never scheduled cost nothing."""


class TestWorkloadScale(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("workload.scale", replicas=0)

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(deployment("web", 1, **NOWHERE))

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/spec/replicas", "value": 2})
