"""What these faults do to whoever calls the service from outside the cluster, measured through a NodePort."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from seatrial.action import Lease
from seatrial.kube.access import Access
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_ready, metadata
from seatrial.kube.ref import Ref
from seatrial.pack import load_packs
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.kube_namespace import KubeNamespace, deployment, kube_namespace, service

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
EVERY_S = 0.05
ENOUGH = 20
LEASE = Lease(id="20260101T000000-outside.f0.t0", max_hold_s=120)


class Caller:
    """Calls again and again, each time over a new connection."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: list[bool] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._call)

    def __enter__(self) -> "Caller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _call(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.answers.append(httpx.get(self._url, timeout=1, trust_env=False).is_success)
            except httpx.HTTPError:
                self.answers.append(False)

    def good_share(self, of: int = ENOUGH) -> float:
        """Of the next so many calls."""
        first = len(self.answers)
        give_up_s = time.monotonic() + 60
        while len(self.answers) < first + of:
            assert time.monotonic() < give_up_s
            threading.Event().wait(EVERY_S)
        return sum(self.answers[first : first + of]) / of

    def becomes(self, is_good: bool) -> None:
        """Wait until five calls in a row are so."""
        give_up_s = time.monotonic() + 60
        while self.answers[-5:] != [is_good] * 5:
            assert time.monotonic() < give_up_s, f"the last answers were {self.answers[-5:]}"
            threading.Event().wait(EVERY_S)


@pytest.fixture(scope="module")
def shop(kube_access: Access) -> Iterator[KubeNamespace]:
    with kube_namespace(kube_access) as namespace:
        namespace.add(deployment("web", replicas=2))
        namespace.add(service("web", node_port=True))
        namespace.until(lambda: namespace.ready("web") == 2, 180)
        yield namespace


@pytest.fixture
def caller(shop: KubeNamespace) -> Iterator[Caller]:
    address = pods(shop)[0]["status"]["hostIP"]
    port = shop.get("Service", "web")["spec"]["ports"][0]["nodePort"]
    with Caller(f"http://{address}:{port}/") as caller:
        caller.becomes(True)
        yield caller


@contextmanager
def injected(shop: KubeNamespace, action: str, one: Ref, **arguments: Any) -> Iterator[None]:
    """A fault, and its undo at the end."""
    made: Any = load_packs().actions[action].model_validate(arguments)
    target = KubernetesTarget(access=shop.access, object=one, workload="Deployment/web")
    state = made.prepare(target, LEASE)
    try:
        made.apply(target, state)
        shop.until(lambda: made.has_effect(target, state) is not False, made.effect_within_s)
        yield
    finally:
        made.undo(target, state)
        shop.until(lambda: made.is_undone(target, state), 120)


def ref(shop: KubeNamespace, kind: str, name: str) -> Ref:
    found = shop.cluster.get(KINDS[kind].path(shop.name, name))
    data = metadata(found)
    return Ref(kind=kind, namespace=data.get("namespace"), name=name, uid=data["uid"])


def pods(shop: KubeNamespace) -> list[Any]:
    return [pod for pod in shop.all("Pod", "app=web") if is_ready(pod)]


def test_isolated_pods_answer_nobody(shop: KubeNamespace, caller: Caller) -> None:
    with injected(shop, "policy.isolate", ref(shop, "Deployment", "web"), direction="ingress"):
        caller.becomes(False)
        assert caller.good_share() == 0
    caller.becomes(True)
    assert caller.good_share() == 1


def test_a_deleted_pod_is_hardly_noticed(shop: KubeNamespace, caller: Caller) -> None:
    first = metadata(pods(shop)[0])["name"]
    with injected(shop, "pod.delete", ref(shop, "Pod", first)):
        assert caller.good_share(40) >= 0.8
    assert len(pods(shop)) == 2
    assert caller.good_share() == 1


def test_under_a_squeezed_quota_what_ends_is_missing(shop: KubeNamespace, caller: Caller) -> None:
    with injected(shop, "quota.squeeze", ref(shop, "Namespace", shop.name)):
        for pod in pods(shop):
            shop.cluster.delete(KINDS["Pod"].path(shop.name, metadata(pod)["name"]), metadata(pod)["uid"])
        caller.becomes(False)
        assert caller.good_share() == 0
    for one in shop.all("ReplicaSet"):  # else its next try may be minutes away
        nudged = ref(shop, "ReplicaSet", metadata(one)["name"])
        shop.edit(nudged, {"op": "add", "path": "/metadata/annotations/nudged", "value": "now"})
    shop.until(lambda: len(pods(shop)) == 2, 120)
    caller.becomes(True)


def test_a_drained_node_has_none_of_the_pods_and_the_service_goes_on(
    shop: KubeNamespace, caller: Caller
) -> None:
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    shop.add(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": budget,
        }
    )
    shop.until(lambda: len(pods(shop)) == 2, 120)
    name = pods(shop)[0]["spec"]["nodeName"]
    node = ref(shop, "Node", name)
    with injected(shop, "node.drain", node, namespaces=[shop.name], within="90 s"):
        assert all(pod["spec"].get("nodeName") != name for pod in shop.all("Pod", "app=web"))
        assert shop.cluster.get(node.path)["spec"]["unschedulable"] is True
        assert caller.good_share() >= 0.8
    assert "unschedulable" not in shop.cluster.get(node.path)["spec"]
    shop.until(lambda: len(pods(shop)) == 2, 120)
    assert caller.good_share() == 1
