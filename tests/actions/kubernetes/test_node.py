"""Nodes that take no pods: a node of the test's own, which no kubelet stands behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]


class OfANode(KubernetesConformance):
    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        node = namespace.add_new({"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace.name}})
        yield node
        namespace.cluster.delete(node.path)

    def snapshot(self, target: KubernetesTarget) -> list[dict[str, Any] | None]:
        """Without the taints that the node controller sets and takes away, when it gets there."""
        found = super().snapshot(target)
        for one in filter(None, found):
            taints = one["spec"].pop("taints", None) or []
            kept = [taint for taint in taints if not taint["key"].startswith("node.kubernetes.io/")]
            one["spec"] |= {"taints": kept} if kept else {}
        return found


class TestNodeCordon(OfANode):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("node.cordon")


class TestNodeTaint(OfANode):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("node.taint", effect="NoExecute")

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        taint = {"key": "seatrial.io/fault", "value": "theirs", "effect": "NoExecute"}
        self.owner.edit(target.object, {"op": "add", "path": "/spec/taints", "value": [taint]})


class TestNodeDrain(OfANode):
    """Its pods were never started, and go at once: they have no grace, and nobody who would take it."""

    @pytest.fixture
    def action(self, namespace: KubeNamespace) -> Action[Any, Any]:
        return self.make("node.drain", namespaces=[namespace.name], within="20 s")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        node = namespace.add_new({"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace.name}})
        web = namespace.add_new(deployment("web", 2, nodeName=node.name, terminationGracePeriodSeconds=0))
        namespace.until(lambda: len(namespace.all("Pod")) == 2)
        yield node
        namespace.cluster.delete(web.path)
        namespace.cluster.delete(node.path)
        namespace.until(lambda: not namespace.all("Pod"))
