"""Services that find none of their pods, or send to where nobody listens."""

from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.kubefaults.surroundings import ready_endpoints
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment, service
from tests.actions.kubernetes.acting import only, why_not

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


@pytest.mark.slow
class TestServicePort(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("service.port", target_port=9)

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        """With an address: the ports of endpoints are seen where there are endpoints."""
        behind = namespace.add_new(_pod("behind"))
        made = namespace.add_new(service("web", "behind"))
        namespace.until(lambda: ready_endpoints(namespace.access, made), 120)
        yield made
        namespace.cluster.delete(behind.path, gracePeriodSeconds=0)

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/spec/ports/0/targetPort", "value": 7})


@pytest.mark.slow
class TestServiceEndpoints(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("service.endpoints")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        manifest = service("db")
        del manifest["spec"]["selector"]
        made = namespace.add_new(manifest)
        namespace.add(_slice(made.name))
        return made

    def pictured(self, target: KubernetesTarget) -> list[str]:
        return [f"/apis/discovery.k8s.io/v1/namespaces/{self.owner.name}/endpointslices/{target.object.name}"]

    def remove(self, target: KubernetesTarget) -> None:
        self.owner.cluster.delete(self.pictured(target)[0])


def test_what_would_be_put_right_at_once_or_hits_nothing_is_refused(namespace: KubeNamespace) -> None:
    web = namespace.add(service("web"))
    only(namespace, "EndpointSlice", "kubernetes.io/service-name=web")
    assert "use service.selector" in why_not("service.endpoints", namespace, web)
    assert why_not("service.port", namespace, web, port=81) == "it has no port 81: there is 80"
    manifest = service("db")
    del manifest["spec"]["selector"]
    assert "use service.endpoints" in why_not("service.selector", namespace, namespace.add(manifest))


def _slice(of: str) -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": of, "labels": {"kubernetes.io/service-name": of}},
        "addressType": "IPv4",
        "ports": [{"port": 5432, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["192.0.2.1"]}, {"addresses": ["192.0.2.2"]}],
    }


def _pod(app: str) -> dict[str, Any]:

    template = deployment(app)["spec"]["template"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": app, **template["metadata"]},
        "spec": template["spec"],
    }
