"""The kit on a cluster: a namespace for each class, and an account with the rights that the action names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import JsonValue

from seatrial.kube import rights
from seatrial.kube.access import Access
from seatrial.kube.kinds import KINDS
from seatrial.kube.ref import Ref
from seatrial.plan.pods import rights_to_count
from seatrial.plan.workloads import JUDGED
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.conformance import ActionConformance
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, kube_namespace
from seatrial.testing.kube_picture import picture, unmarked


class KubernetesConformance(ActionConformance):
    """Give the fixtures `action` and `hit`, the object that is hit; `kube_access` says which cluster."""

    pytestmark = pytest.mark.timeout(600)  # every line of apply is died at: hundreds of requests
    workload: ClassVar[str | None] = None
    """Of a pod: who brings it back, as `Deployment/web`."""

    @pytest.fixture(scope="class")
    @classmethod
    def namespace(cls, kube_access: Access) -> Iterator[KubeNamespace]:
        """Where the objects of this class are."""
        with kube_namespace(kube_access) as made:
            yield made

    @pytest.fixture
    def hit(self, namespace: KubeNamespace) -> Ref:
        """What is hit: an object that the test owns."""
        raise NotImplementedError

    @pytest.fixture
    def container(self) -> str | None:
        """Of a pod: the container that is meant."""
        return None

    @pytest.fixture
    def target(
        self, action: Any, hit: Ref, container: str | None, namespace: KubeNamespace, tmp_path: Path
    ) -> Iterator[KubernetesTarget]:
        """The object, as a ServiceAccount with the least rights sees it."""
        self.owner = namespace
        found = namespace.target(hit, container=container, workload=self.workload)
        wanted = [*action.rights(found), *rights_to_count(found, action), *_to_select(hit), *_to_watch(hit)]
        with kube_account(namespace, wanted, tmp_path) as access:
            yield found.model_copy(update={"access": access})

    def pictured(self, target: KubernetesTarget) -> list[str]:
        """The paths of all objects that the action may change."""
        return [target.object.path]

    def snapshot(self, target: KubernetesTarget) -> list[dict[str, Any] | None]:
        """Those objects, with who owns which of their fields."""
        return [picture(self.owner.cluster.find(path)) for path in self.pictured(target)]

    def theirs(self, target: KubernetesTarget) -> object:
        """Those objects without a fault's marks."""
        return [unmarked(one) for one in self.snapshot(target)]

    def remove(self, target: KubernetesTarget) -> None:
        """The object is deleted by somebody else."""
        now: dict[str, Any] = {"gracePeriodSeconds": 0}
        self.owner.cluster.delete(target.object.path, target.object.uid, **now)
        self.owner.until(lambda: self.owner.cluster.find(target.object.path) is None)

    def targets(self, target: KubernetesTarget) -> dict[str, JsonValue]:
        """By kind, namespace and name, as its ServiceAccount."""
        one = target.object
        chosen: dict[str, JsonValue] = {"kind": one.kind, "name": one.name}
        chosen["kubeconfig"] = target.access.kubeconfig
        if one.namespace is not None:
            chosen["namespace"] = one.namespace
        if target.container is not None:
            chosen["container"] = target.container
        return {"kubernetes": chosen}


def _to_select(one: Ref) -> Iterator[rights.Right]:
    """What choosing the object takes, beside what the action does."""
    yield from rights.on_kind(one.kind, one.namespace, "list")
    if one.namespace is not None:
        where = KINDS["Namespace"]
        yield rights.Right("get", where.group, where.plural, None, one.namespace)
    if one.kind == "Pod":
        yield from rights.on_kind("ReplicaSet", one.namespace, "list")


def _to_watch(one: Ref) -> Iterator[rights.Right]:
    """What it takes to see whether the workloads that were touched come back."""
    namespace = one.name if one.kind == "Namespace" else one.namespace
    for kind in JUDGED:
        yield from rights.on_kind(kind, namespace, "list", "watch")
