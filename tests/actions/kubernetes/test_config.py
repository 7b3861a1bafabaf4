"""Configuration that is changed or gone; a Secret's own value stays where it is."""

import base64
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.kube.ref import Ref
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance.kubernetes import KubernetesConformance
from seatrial.testing.kube_namespace import KubeNamespace
from seatrial.testing.kube_picture import picture, unmarked
from tests.actions.conftest import Applied
from tests.actions.kubernetes.acting import action_of, why_not

pytestmark = pytest.mark.kubernetes
PASSWORD = base64.b64encode(b"very secret").decode()
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": "1", "b": "2"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "data": {"password": PASSWORD}}


class TestConfigChangeOfASecret(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("config.change", data={"password": "wrong"})

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(SECRET)

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/data/password", "value": "bmV3"})

    def theirs(self, target: KubernetesTarget) -> object:
        """What was kept goes with the fault, for it is ours."""
        found = picture(self.owner.cluster.get(target.object.path))
        assert found is not None
        found["data"].pop("seatrial.prior.password", None)
        return unmarked(found)


@pytest.mark.slow
class TestConfigChange(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("config.change", data={"a": "9"})

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(CONFIG)

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "replace", "path": "/data/a", "value": "7"})


@pytest.mark.slow
class TestConfigRemove(KubernetesConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("config.remove", keys=["a", "b"])

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        return namespace.add_new(CONFIG)

    def foreign_change(self, target: KubernetesTarget, state: Any) -> None:
        self.owner.edit(target.object, {"op": "add", "path": "/data", "value": {"a": "7", "b": "8"}})


@pytest.mark.parametrize("name", ["config.change", "config.remove"])
def test_the_value_of_a_secret_never_leaves_it(name: str, namespace: KubeNamespace) -> None:
    changed: dict[str, Any] = {"data": {"password": "wrong"}}
    action = action_of(name, **(changed if name.endswith("change") else {"keys": ["password"]}))
    target = namespace.target(namespace.add(SECRET))
    with Applied(action, target) as state:
        assert PASSWORD not in state.model_dump_json()
        found = namespace.get("Secret", "web")
        assert PASSWORD not in repr(found["metadata"])
        assert found["data"]["seatrial.prior.password"] == PASSWORD
        assert found["data"].get("password") != PASSWORD
    assert namespace.get("Secret", "web")["data"] == SECRET["data"]


def test_what_cannot_be_changed_is_refused(namespace: KubeNamespace) -> None:
    fixed = namespace.add({**CONFIG, "immutable": True})
    other = namespace.add({**CONFIG, "metadata": {"name": "other"}})
    assert "immutable" in why_not("config.change", namespace, fixed, data={"a": "9"})
    assert why_not("config.remove", namespace, other, keys=["c"]) == "it has no key 'c': there is a, b"
    assert "as the fault wants it" in why_not("config.change", namespace, other, data={"a": "1"})
