"""Services that find none of their pods."""

from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, service

pytestmark = pytest.mark.kubernetes


class TestServiceSelector(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("service.selector")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(service("web"))

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/spec/selector", "value": {"app": "other"}})
