"""A node crashes while a fault is on it, on a pod of it, or on the workload whose pods are there."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_ready
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from seatrial.testing.kube_picture import picture
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from tests.crashes import crashing
from tests.crashes.crashing import Crashable

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(400)]
PORT = 8080
ARGUMENTS: dict[str, dict[str, JsonValue]] = {
    "workload.scale": {"replicas": 0},
    "rollout.env": {"variables": {"A": "b"}},
    "net.drop": {"port": PORT},
}
OF_THE_API = {
    "pod.image": "Pod",
    "policy.isolate": "Deployment",
    "workload.scale": "Deployment",
    "rollout.env": "Deployment",
    "node.cordon": "Node",
    "node.taint": "Node",
}
"""Faults that are undone in the API alone: no node is needed for it."""
IN_PODS = ("net.drop", "process.pause")


@pytest.fixture
def name(kube_access: Access) -> str:
    """The last of the nodes that pods run on."""
    nodes = cluster_at(kube_access).list_all(KINDS["Node"].collection(), labelSelector="type!=kwok")
    return str(max(one["metadata"]["name"] for one in nodes if is_ready(one)))


@pytest.fixture
def node(name: str, kube_access: Access) -> Iterator[Crashable]:
    with crashing.node(kube_access, name) as part:
        yield part


@pytest.fixture
def web(namespace: KubeNamespace, name: str) -> KubeNamespace:
    """Two pods that can be on that node only."""
    namespace.add(deployment("web", 2, nodeSelector={"kubernetes.io/hostname": name}))
    namespace.until(lambda: namespace.ready("web") == 2, 120)
    return namespace


def experiment(web: KubeNamespace, name: str, action: str, hold_s: float) -> dict[str, JsonValue]:
    kind = OF_THE_API.get(action, "Pod")
    chosen: dict[str, JsonValue] = {"kind": kind, "kubeconfig": web.access.kubeconfig}
    if kind == "Node":
        chosen["name"] = name
    else:
        chosen |= {"namespace": web.name, "labels": "app=web"}
    return small_experiment(action, {"kubernetes": chosen}, ARGUMENTS.get(action), hold_s=hold_s)


@contextlib.contextmanager
def running(folder: Path, file: dict[str, JsonValue]) -> Iterator[LiveRun]:
    """A run; where the test fails in its middle, its fault does not stay on the node."""
    with LiveRun(folder, file) as live:
        try:
            yield live
        except BaseException:
            live.kill("fuse", "guardian", "runner")
            live.await_over()
            live.command("rollback", "--all")
            raise


def seen(web: KubeNamespace, name: str) -> list[Any]:
    """What faults may have changed, but for the taints and the revision that others set."""
    node = picture(web.cluster.get(KINDS["Node"].path(None, name)))
    assert node is not None
    theirs = [one for one in node["spec"].pop("taints", []) if "node.kubernetes.io/" not in one["key"]]
    made = [one["metadata"]["name"] for one in web.all("NetworkPolicy")]
    return [node["spec"], theirs, node["metadata"].get("labels"), web.get("Deployment", "web")["spec"], made]


def marked(web: KubeNamespace, name: str) -> list[str]:
    """The objects with a fault on them."""
    kinds = ("Pod", "Deployment", "ReplicaSet", "NetworkPolicy")
    found = [f"{kind} {one['metadata']['name']}" for kind in kinds for one in web.all(kind, marks.RUN)]
    node = web.cluster.get(KINDS["Node"].path(None, name))
    return found + [f"Node {name}"] * (marks.RUN in node["metadata"]["labels"])


@pytest.mark.parametrize("action", OF_THE_API)
def test_what_the_api_alone_can_undo_is_undone_without_the_node(
    action: str, web: KubeNamespace, name: str, node: Crashable, tmp_path: Path
) -> None:
    before = seen(web, name)
    with running(tmp_path, experiment(web, name, action, hold_s=28)) as live:
        live.await_entry("applied")
        assert marked(web, name)
        node.crash()
        crashing.until_not_ready(web.access, name)
        assert live.exit_code(200) in {0, 1, 4}, live.said
        undone = live.entries("undone")
        assert [entry["result"] for entry in undone] == ["restored"], live.said
        assert not live.record().open_faults
    assert marked(web, name) == []
    assert seen(web, name) == before


@pytest.mark.parametrize("action", IN_PODS)
def test_a_fault_in_a_pod_is_seen_to_be_gone_once_the_node_is_back(
    action: str, web: KubeNamespace, name: str, node: Crashable, tmp_path: Path
) -> None:
    file = experiment(web, name, action, hold_s=3)
    with running(tmp_path, file) as live:
        live.await_entry("applied", timeout_s=90)
        node.crash()
        live.await_entry("undo_started", timeout_s=60)
        threading.Event().wait(5.0)
        assert live.entries("undone") == [], "nobody can have seen that"
        node.revive()
        assert live.exit_code(300) in {0, 1, 4}, live.said
        assert not live.record().open_faults
    web.until(lambda: web.ready("web") == 2, 120)


@pytest.mark.parametrize("action", IN_PODS)
def test_all_three_killed_with_the_node_and_rollback_once_it_is_back(
    action: str, web: KubeNamespace, name: str, node: Crashable, tmp_path: Path
) -> None:
    file = experiment(web, name, action, hold_s=30)
    with running(tmp_path, file) as live:
        live.await_entry("applied", timeout_s=90)
        node.crash()
        live.kill("fuse", "guardian", "runner")
        live.await_over()
        node.revive()
        crashing.until_well(web.access)
        done = live.command("rollback", live.run.id)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not live.record().open_faults
    web.until(lambda: web.ready("web") == 2, 120)


@pytest.mark.skipif("SEATRIAL_EVERY_STEP" not in os.environ, reason="ten minutes, for two undos give up")
@pytest.mark.timeout(1200)
def test_a_node_that_stays_away_is_told_with_the_command_that_finishes(
    web: KubeNamespace, name: str, node: Crashable, tmp_path: Path
) -> None:
    file = experiment(web, name, "net.drop", hold_s=3)
    with running(tmp_path, file) as live:
        live.await_entry("applied", timeout_s=90)
        node.crash()
        assert live.exit_code(900) == 5, live.said
        assert f"seatrial rollback {live.run.id}" in live.said
        live.await_over()
        node.revive()
        crashing.until_well(web.access)
        done = live.command("rollback", live.run.id)
        assert done.returncode == 0, done.stdout + done.stderr
