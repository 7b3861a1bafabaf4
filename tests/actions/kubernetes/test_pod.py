"""Pods that are changed in place: what they may use, what they run, who finds them."""

from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment, service
from tests.actions.conftest import Applied
from tests.actions.kubernetes.acting import action_of, only, why_not

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(600)]
CONTAINER = "/spec/containers/0"


def pod(name: str, **resources: Any) -> dict[str, Any]:
    """A pod that nobody owns."""
    template = deployment(name)["spec"]["template"]
    template["spec"]["containers"][0]["resources"] = resources
    labels = {**template["metadata"]["labels"], "zone": "a"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {**template["spec"], "terminationGracePeriodSeconds": 0},
    }


def is_ready(namespace: KubeNamespace, one: Ref) -> bool:
    status = namespace.cluster.get(one.path).get("status") or {}
    return any(seen["ready"] for seen in status.get("containerStatuses") or ())


class OfAPod(KubernetesConformance):
    moments = 3

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        made = namespace.add_new(pod("web", limits={"cpu": "500m", "memory": "128Mi"}))
        namespace.until(lambda: is_ready(namespace, made), 120)
        yield made
        namespace.cluster.delete(made.path, gracePeriodSeconds=0)


class TestPodCpu(OfAPod):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.cpu", limit="0.2")


class TestPodMemory(OfAPod):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.memory", limit="100Mi")


class TestPodImage(OfAPod):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.image")

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": f"{CONTAINER}/image", "value": "theirs:1"})


class TestPodIsolate(OfAPod):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.isolate")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Iterator[Ref]:
        made = namespace.add_new(pod("web"))
        front = namespace.add_new(service("front", "web"))
        namespace.until(lambda: is_ready(namespace, made), 120)
        yield made
        for one in (made, front):
            namespace.cluster.delete(one.path, gracePeriodSeconds=0)


def test_what_a_resize_must_not_do_is_refused(namespace: KubeNamespace) -> None:
    bare = namespace.add(pod("bare"))
    assert "has no cpu limit" in why_not("pod.cpu", namespace, bare, limit="100m")
    usual = namespace.add(pod("usual", limits={"cpu": "500m", "memory": "64Mi"}))
    assert "give a lower one" in why_not("pod.cpu", namespace, usual, limit="1")
    assert "no amount" in why_not("pod.cpu", namespace, usual, limit="much")
    manifest = pod("restarted", limits={"cpu": "500m"})
    policy = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
    manifest["spec"]["containers"][0]["resizePolicy"] = policy
    assert "would be restarted" in why_not("pod.cpu", namespace, namespace.add(manifest), limit="100m")


def test_a_burstable_pod_stays_one(namespace: KubeNamespace) -> None:
    made = namespace.add(pod("web", limits={"cpu": "500m"}, requests={"cpu": "300m"}))
    namespace.until(lambda: is_ready(namespace, made), 120)

    def resources() -> Any:
        return namespace.get("Pod", "web")["spec"]["containers"][0]["resources"]

    with Applied(action_of("pod.cpu", limit="100m"), namespace.target(made)):
        assert resources() == {"limits": {"cpu": "100m"}, "requests": {"cpu": "50m"}}
    assert resources() == {"limits": {"cpu": "500m"}, "requests": {"cpu": "300m"}}


def test_a_pod_that_its_owner_would_replace_is_not_isolated(namespace: KubeNamespace) -> None:
    namespace.add(deployment("web", 1))
    namespace.add(service("front", "web"))
    made = only(namespace, "Pod")
    assert "see `leave_workload`" in why_not("pod.isolate", namespace, made)
    assert why_not("pod.isolate", namespace, made, leave_workload=True) == ""
