"""A cluster's API that goes away, rights that are withdrawn, a namespace that is deleted: all in mid-run."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import JsonValue

from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.ref import Ref
from seatrial.plan.resolve import make_plan
from seatrial.plan.rights import rights_of
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment, through
from seatrial.testing.kube_picture import picture
from seatrial.testing.live_run import LiveRun
from seatrial.testing.relay import Relay
from seatrial.testing.small_experiment import small_experiment
from tests.run.runs import written

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
NOWHERE = {"nodeSelector": {"seatrial.io/nowhere": "true"}}
FAULTS: dict[str, dict[str, JsonValue]] = {
    "workload.scale": {"replicas": 0},
    "workload.unschedulable": {},
    "policy.isolate": {},
}
MADE = ("NetworkPolicy", "Job", "ReplicaSet")
SEED = 20


@pytest.fixture
def web(namespace: KubeNamespace) -> Ref:
    """Its pods are never scheduled, and cost nothing."""
    made = namespace.add(deployment("web", 1, **NOWHERE))
    namespace.until(lambda: namespace.all("ReplicaSet"))
    return made


def experiment(access: Access, web: Ref, action: str, **more: Any) -> dict[str, JsonValue]:
    where: JsonValue = {
        "kubeconfig": access.kubeconfig,
        "kind": web.kind,
        "namespace": web.namespace,
        "name": web.name,
    }
    return small_experiment(action, {"kubernetes": where}, FAULTS[action], **more)


def seen(namespace: KubeNamespace, web: Ref) -> list[Any]:
    """The object that is hit, and whatever a fault may have made."""
    made = [one["metadata"]["name"] for kind in MADE for one in namespace.all(kind)]
    return [picture(namespace.cluster.get(web.path)), *made]


def assert_hit(namespace: KubeNamespace, said: str) -> None:
    marked = [one for kind in ("Deployment", *MADE) for one in namespace.all(kind, marks.RUN)]
    assert marked, said


@pytest.fixture
def relay(kube_access: Access) -> Iterator[Relay]:
    """The way to the API, with a delay, so that requests are on it for a while."""
    server = urlsplit(cluster_at(kube_access).server)
    with Relay(server.hostname or "", server.port or 443, delay_s=0.02) as relay:
        yield relay


@pytest.mark.parametrize("action", FAULTS)
def test_the_api_goes_away_within_apply_and_comes_back(
    action: str, namespace: KubeNamespace, web: Ref, relay: Relay, tmp_path: Path
) -> None:
    before, chance = seen(namespace, web), random.Random(SEED)
    file = experiment(through(namespace.access, relay.port, tmp_path), web, action, hold_s=0.3)
    for number in range(5):
        with LiveRun(tmp_path / str(number), file) as live:
            live.await_entry("intended")
            threading.Event().wait(after_s := chance.uniform(0, 0.3))
            relay.cut()
            threading.Event().wait(1.0)
            relay.mend()
            code = live.exit_code()
            assert code in {0, 4}, f"cut {after_s:.3f} s after the intent: {live.said}"
            assert not live.record().open_faults
        assert seen(namespace, web) == before, f"cut {after_s:.3f} s after the intent"


@pytest.mark.timeout(400)
def test_an_api_that_stays_away_is_told_with_the_command_that_finishes(
    namespace: KubeNamespace, web: Ref, relay: Relay, tmp_path: Path
) -> None:
    before = seen(namespace, web)
    file = experiment(through(namespace.access, relay.port, tmp_path), web, "workload.scale")
    with LiveRun(tmp_path / "run", file) as live:
        live.await_entry("applied")
        relay.cut()
        assert live.exit_code(300) == 5, live.said
        assert f"seatrial rollback {live.run.id}" in live.said
        live.await_over()
        assert_hit(namespace, live.said)
        relay.mend()
        done = live.command("rollback", live.run.id)
    assert done.returncode == 0, done.stdout + done.stderr
    assert seen(namespace, web) == before


@pytest.mark.parametrize("how", ["by its journal", "from another machine"])
@pytest.mark.parametrize("action", FAULTS)
def test_rights_that_are_withdrawn_under_the_fault(
    action: str, how: str, namespace: KubeNamespace, web: Ref, tmp_path: Path
) -> None:
    before = seen(namespace, web)
    file = written(tmp_path, experiment(namespace.access, web, action))
    (rights,) = rights_of(file.experiment, make_plan(file, 1)).values()
    with (
        kube_account(namespace, rights, tmp_path) as access,
        LiveRun(tmp_path / "run", experiment(access, web, action, hold_s=4)) as live,
    ):
        live.await_entry("applied")
        (binding,) = namespace.all("RoleBinding")
        path = KINDS["RoleBinding"].path(namespace.name, binding["metadata"]["name"])
        namespace.cluster.delete(path)
        assert live.exit_code(200) == 5, live.said
        assert "forbidden" in live.said
        assert f"seatrial rollback {live.run.id}" in live.said
        live.await_over(200)
        assert_hit(namespace, live.said)
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        namespace.add({"kind": "RoleBinding", **binding})
        if how == "by its journal":
            namespace.until(lambda: live.command("rollback", live.run.id).returncode == 0, 30)
        else:
            others = ["--kubernetes", "--namespace", namespace.name]
            done = live.command("rollback", *others)
            assert done.returncode == 0, done.stdout + done.stderr
    assert seen(namespace, web) == before


@pytest.mark.parametrize("under_way", ["baseline", "injection"])
@pytest.mark.parametrize("action", FAULTS)
def test_the_namespace_is_deleted(
    action: str, under_way: str, namespace: KubeNamespace, web: Ref, tmp_path: Path
) -> None:
    with LiveRun(tmp_path, experiment(namespace.access, web, action)) as live:
        if under_way == "baseline":
            live.await_phase("baseline")
        else:
            live.await_entry("applied")
        path = KINDS["Namespace"].path(None, namespace.name)
        namespace.cluster.delete(path)
        assert live.exit_code(200) in {0, 4}, live.said
        assert not live.record().open_faults
    namespace.until(lambda: namespace.cluster.find(path) is None, 120)
