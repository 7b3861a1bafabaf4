"""`seatrial run --in-cluster` on a real cluster: as its own ServiceAccount, and everything comes back."""

import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from seatrial.kube.access import Access
from seatrial.kube.kinds import KINDS
from seatrial.kube.rights import Right
from seatrial.store import Store
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.cli.conftest import Run, run
from tests.kube.test_roles import granted

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(400)]

__all__ = ["run"]


def experiment(folder: Path, namespace: str) -> Path:
    """Without a load: all that happens is of the cluster's own."""
    file = folder / "scaled_down.yaml"
    where = {"namespace": namespace}
    given: dict[str, Any] = {
        "title": "A deployment is scaled down from inside",
        "hypothesis": "It comes back.",
        "slis": {
            "replicas": {
                "kubernetes": {**where, "workload": "Deployment/web"},
                "objective": "ready == 2",
                "under_fault": "ready >= 1",
            },
        },
        "baseline": "12 s",
        "faults": [
            {
                "action": "workload.scale",
                "with": {"replicas": 1},
                "targets": {"kubernetes": {**where, "kind": "Deployment", "name": "web"}},
                "for": "12 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "2 min"},
        "recover_within": "60 s",
        "settle": "3 s",
    }
    YAML(typ="safe").dump(given, file)
    return file


def test_a_run_in_the_cluster_brings_everything_back(
    namespace: KubeNamespace, kube_access: Access, tmp_path: Path, run: Run
) -> None:
    if "SEATRIAL_IMAGE" not in os.environ:
        pytest.skip("SEATRIAL_IMAGE names no image of this version that the cluster's nodes have")
    namespace.add(deployment("web", replicas=2))
    namespace.until(lambda: namespace.ready("web") == 2)
    file = experiment(tmp_path, namespace.name)
    printed = run("plan", file, "--rbac", "--account", f"{namespace.name}/seatrial")
    rights: list[Right] = granted(printed.out)
    with kube_account(namespace, rights, tmp_path):
        there = ("--in-cluster", "--namespace", namespace.name, "--runs", tmp_path / "runs")
        said = run("run", file, *there)
    assert said.code == 0, said.out + said.err
    assert "PASSED" in said.out
    (brought,) = Store(tmp_path / "runs").runs()
    assert (brought.folder / "report.html").exists()
    assert not brought.is_unfinished()
    assert not brought.journal().open_undos()
    assert namespace.ready("web") == 2
    namespace.until(lambda: not namespace.all("Job"), 60)


def test_a_schedule_is_accepted_by_the_cluster(
    namespace: KubeNamespace, kube_access: Access, tmp_path: Path, run: Run
) -> None:
    namespace.add(deployment("web", replicas=2))
    where = ("--namespace", namespace.name, "--image", "seatrial:1")
    file = experiment(tmp_path, namespace.name)
    wrong = run("schedule", file, "--cron", "monday", "-o", tmp_path / "deploy", *where)
    assert wrong.code == 2
    assert "is no schedule" in wrong.err
    said = run("schedule", file, "--cron", "0 9 * * 1", "-o", tmp_path / "deploy", *where)
    assert said.code == 0, said.err
    written = YAML(typ="safe").load((tmp_path / "deploy/kustomization.yaml").read_text())["resources"]
    made = [
        manifest
        for name in written
        for manifest in YAML(typ="safe").load_all((tmp_path / "deploy" / name).read_text())
    ]
    kinds = {one["kind"] for one in made}
    assert {"CronJob", "Secret", "ServiceAccount", "Role", "RoleBinding"} <= kinds
    assert (tmp_path / "deploy/secret.yaml").stat().st_mode & 0o077 == 0
    for one in made:
        path = KINDS[one["kind"]].collection(one["metadata"].get("namespace"))
        namespace.cluster.create(path, one, dryRun="All")
