"""Recovery waits for the workloads of a cluster whose pods were hit, and judges whether they came back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seatrial.kube.ref import Ref
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(180)]


@pytest.fixture
def web(namespace: KubeNamespace) -> Ref:
    found = namespace.add(deployment("web", replicas=2))
    namespace.until(lambda: namespace.ready("web") == 2, 120)
    return found


@contextmanager
def scaled_to_one(namespace: KubeNamespace, folder: Path, **more: Any) -> Iterator[LiveRun]:
    where: dict[str, Any] = {"kubernetes": {"kind": "Deployment", "namespace": namespace.name, "name": "web"}}
    file = small_experiment("workload.scale", where, {"replicas": 1}, **more)
    with LiveRun(folder, file, environment={"KUBECONFIG": namespace.access.kubeconfig or ""}) as live:
        yield live


def test_recovery_waits_until_a_workload_is_as_before(
    namespace: KubeNamespace, web: Ref, tmp_path: Path
) -> None:
    with scaled_to_one(namespace, tmp_path, recover_within="60 s") as live:
        assert live.exit_code(120) == 0, live.said
    (recovered,) = live.entries("recovered")
    (back,) = recovered["workloads"].values()
    assert (back["before"], back["ready"], back["desired"], back["unseen"]) == (2, 2, 2, "")
    assert 0.3 < back["after_s"] < recovered["t_s"], "a pod does not start sooner"
    assert namespace.ready("web") == 2
    verdict = live.record().verdict
    (judged,) = [one for one in verdict.objectives if one.sli == f"deployment {namespace.name}/web"]
    assert judged.status == "held"
    assert judged.decision.reason.startswith("2 of 2 pods ready ")


def test_one_that_does_not_come_back_fails(namespace: KubeNamespace, web: Ref, tmp_path: Path) -> None:
    """Somebody's bad rollout meanwhile: the fault is undone, and the SLIs may well be as they were."""
    with scaled_to_one(namespace, tmp_path, hold_s=3, recover_within="4 s") as live:
        live.await_entry("effect_checked")
        image = "/spec/template/spec/containers/0/image"
        namespace.edit(web, {"op": "replace", "path": image, "value": "seatrial.test/no-such-image:1"})
        assert live.exit_code(120) == 1, live.said
    assert [one["result"] for one in live.entries("undone")] == ["restored"]
    assert live.entries("recovered")[0]["workloads"][web.label]["after_s"] is None
    assert f"{web.label} `2 ready, as before` deviated after recovery" in live.record().verdict.headline
