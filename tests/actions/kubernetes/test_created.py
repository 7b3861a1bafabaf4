"""Policies and quotas of our own: the kit, their deadline, and what they are refused for."""

from typing import Any

import pytest
from pydantic import JsonValue

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.kube import marks
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_ready, metadata
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace, deployment

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
MADE = ("NetworkPolicy", "ResourceQuota", "Job")
NOWHERE = {"nodeSelector": {"seatrial.io/nowhere": "true"}}


def policy(name: str, app: str, **rules: JsonValue) -> dict[str, Any]:
    """Somebody else's."""
    types = [way.capitalize() for way in rules]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": types, **rules},
    }


class _Created(KubernetesConformance):
    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(deployment("web", 1, **NOWHERE))

    def snapshot(self, target: KubernetesTarget) -> Any:
        """All that is there of what may be made."""
        return [metadata(one)["name"] for kind in MADE for one in self.owner.all(kind)]

    def test_it_goes_by_itself_at_its_deadline(self, action: Any, target: KubernetesTarget) -> None:
        before = self.snapshot(target)
        state = action.prepare(target, Lease(id="20260101T000000-alone.f0.t0", max_hold_s=2))
        action.apply(target, state)
        assert not action.is_undone(target, state)
        self.owner.until(lambda: action.is_undone(target, state), 30)
        self.owner.until(lambda: self.snapshot(target) == before)

    def test_another_object_of_that_name_is_left_alone(self, action: Any, target: KubernetesTarget) -> None:
        state = action.prepare(target, Lease(id="20260101T000000-twin.f0.t0", max_hold_s=60))
        kind = KINDS[action.makes]
        theirs = {
            "apiVersion": kind.api_version,
            "kind": kind.name,
            "metadata": {"name": state.name},
            "spec": state.spec,
        }
        other = self.owner.add(theirs)
        with pytest.raises(Fatal, match="of somebody else"):
            action.apply(target, state)
        action.undo(target, state)
        assert action.is_undone(target, state)
        assert metadata(self.owner.cluster.get(other.path))["uid"] == other.uid
        self.owner.cluster.delete(other.path)

    def test_it_says_itself_how_it_is_undone(self, action: Any, target: KubernetesTarget) -> None:
        state = action.prepare(target, Lease(id="20260101T000000-found.f0.t0", max_hold_s=60))
        action.apply(target, state)
        (found,) = self.owner.all(action.makes, f"{marks.RUN}={state.mark}")
        assert action.name in metadata(found)["annotations"][marks.UNDO]
        action.undo(target, state)


class TestPolicyIsolate(_Created):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("policy.isolate")

    def test_it_is_refused_where_another_policy_opens_the_same_way(
        self, action: Any, target: KubernetesTarget
    ) -> None:
        app = target.object.name.rpartition("-")[0]
        self.owner.until(lambda: self.owner.all("Pod", f"app={app}"))
        theirs = self.owner.add(policy("theirs", app, ingress=[{}]))
        assert "what one policy allows no other can cut" in action.refusal(target)
        assert self.make("policy.isolate", direction="egress").refusal(target) is None  # type: ignore[attr-defined]
        with pytest.raises(Fatal, match="no other can cut"):
            action.prepare(target, Lease(id="20260101T000000-late.f0.t0", max_hold_s=60))
        self.owner.cluster.delete(theirs.path)
        closes = self.owner.add(policy("closes", app, ingress=[]))
        assert action.refusal(target) is None
        self.owner.cluster.delete(closes.path)


class TestPolicyCut(_Created):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("policy.cut", peers={"app": "other"})

    def test_it_never_opens_what_another_policy_closes(self, action: Any, target: KubernetesTarget) -> None:
        app = target.object.name.rpartition("-")[0]
        self.owner.until(lambda: self.owner.all("Pod", f"app={app}"))
        theirs = self.owner.add(policy("closes", app, egress=[]))
        assert "would open what that closes" in action.refusal(target)
        self.owner.cluster.delete(theirs.path)


class TestPolicyDns(_Created):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("policy.dns")


class TestPolicyEgress(_Created):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("policy.egress", networks=["203.0.113.0/24"])


class TestQuotaSqueeze(_Created):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("quota.squeeze")

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        uid = metadata(namespace.cluster.get(KINDS["Namespace"].path(None, namespace.name)))["uid"]
        return Ref(kind="Namespace", name=namespace.name, uid=uid)

    def remove(self, target: KubernetesTarget) -> None:
        """With its namespace everything of it goes."""
        raise NotImplementedError

    def test_no_pod_comes_until_it_is_undone(self, action: Any, target: KubernetesTarget) -> None:
        state = action.prepare(target, Lease(id="20260101T000000-full.f0.t0", max_hold_s=60))
        action.apply(target, state)
        self.owner.add(deployment("late"))
        self.owner.until(lambda: "exceeded quota" in str(self.owner.get("Deployment", "late").get("status")))
        assert not self.owner.all("Pod", "app=late")
        action.undo(target, state)
        self.owner.add(deployment("later"))  # the first one's next try may be minutes away
        self.owner.until(lambda: any(map(is_ready, self.owner.all("Pod", "app=later"))), 120)
