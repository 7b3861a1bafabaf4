"""Pods that are ended: what an irreversible action has to keep, and that its owner brings them back."""

from typing import Any, ClassVar

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.kube.objects import is_ready, metadata
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
LEASE = Lease(id="20260101T000000-pods.f0.t0", max_hold_s=60)
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web"},
    "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}},
}


def a_ready_pod(namespace: KubeNamespace) -> Ref:
    """One of the deployment `web`, which is made where it is not there yet."""
    if not namespace.all("Deployment"):
        namespace.add(deployment("web", terminationGracePeriodSeconds=1))
    found: list[Any] = []

    def is_there() -> bool:
        found[:] = [pod for pod in namespace.all("Pod", "app=web") if is_ready(pod)]
        return bool(found)

    namespace.until(is_there, 180)
    data = metadata(found[0])
    return Ref(kind="Pod", namespace=namespace.name, name=data["name"], uid=data["uid"])


class _Ending(KubernetesConformance):
    workload: ClassVar[str | None] = "Deployment/web"

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return a_ready_pod(namespace)

    def recover(self, target: Any) -> None:
        """Its owner does."""
        self.owner.until(lambda: self.owner.cluster.find(target.object.path) is None)
        a_ready_pod(self.owner)

    def test_another_pod_of_its_name_is_not_touched(self, action: Any, target: KubernetesTarget) -> None:
        other = target.object.model_copy(update={"uid": "00000000-0000-0000-0000-000000000000"})
        mistaken = target.model_copy(update={"object": other})
        state = action.prepare(target, LEASE)
        with pytest.raises(Fatal, match="is gone"):
            action.apply(mistaken, state)
        assert "deletionTimestamp" not in metadata(self.owner.cluster.get(target.object.path))

    def test_one_on_its_way_out_is_not_chosen(self, action: Any, target: KubernetesTarget) -> None:
        action.apply(target, action.prepare(target, LEASE))
        with pytest.raises(Fatal, match=r"is gone|on its way out"):
            action.prepare(target, LEASE)

    def test_what_nobody_brings_back_is_refused(self, action: Any, target: KubernetesTarget) -> None:
        bare = target.model_copy(update={"workload": None})
        assert "nothing would bring it back" in action.refusal(bare)


class TestPodDelete(_Ending):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.delete")

    def test_a_stateful_set_keeps_its_grace(self, target: KubernetesTarget) -> None:
        target = target.model_copy(update={"workload": "StatefulSet/web"})
        assert "two pods of one name" in self.make("pod.delete", grace="0 s").refusal(target)  # type: ignore[attr-defined]
        assert self.make("pod.delete", grace="1 s").refusal(target) is None  # type: ignore[attr-defined]


class TestPodEvict(_Ending):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("pod.evict")

    def test_a_spent_budget_is_told_in_its_own_words(self, action: Any, target: KubernetesTarget) -> None:
        budget = self.owner.add(BUDGET)
        try:
            self.owner.until(lambda: "status" in self.owner.get("PodDisruptionBudget", "web"))
            with pytest.raises(Fatal, match=r"may not be evicted now: The disruption budget web needs"):
                action.apply(target, action.prepare(target, LEASE))
            assert "deletionTimestamp" not in metadata(self.owner.cluster.get(target.object.path))
        finally:
            self.owner.cluster.delete(budget.path)

    def test_a_jobs_pod_is_refused(self, action: Any, target: KubernetesTarget) -> None:
        of_a_job = target.model_copy(update={"workload": "Job/once"})
        assert "takes an evicted pod for a failed one" in action.refusal(of_a_job)
