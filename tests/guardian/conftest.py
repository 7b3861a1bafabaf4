"""The same real runs as in tests/run, and such that guardians in a cluster watch over."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.kube_namespace import KubeNamespace, sleeper
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from tests.run.conftest import folder, start

__all__ = ["folder", "start"]
COUNT = 4
OWN = ("Job", "Lease", "ServiceAccount", "Role", "RoleBinding")


@pytest.fixture
def sleepers(namespace: KubeNamespace) -> KubeNamespace:
    """A namespace with some deployments that do nothing."""
    if "SEATRIAL_IMAGE" not in os.environ:
        pytest.skip("no image: build the Dockerfile for the cluster's nodes and name it in SEATRIAL_IMAGE")
    for number in range(COUNT):
        namespace.add(sleeper(f"d{number}"))
    return namespace


def experiment(namespace: KubeNamespace, hold_s: float, **more: Any) -> dict[str, Any]:
    where: dict[str, Any] = {"kind": "Deployment", "namespace": namespace.name, "labels": "part=sleepers"}
    given: dict[str, Any] = {
        "stages": ["100%"],
        "hold_s": hold_s,
        "recover_within": "30 s",
        "guardian": "cluster",
    }
    return small_experiment("workload.scale", {"kubernetes": where}, {"replicas": 0}, **{**given, **more})


def hit(namespace: KubeNamespace) -> list[str]:
    """The deployments that are not as before."""
    return [
        one["metadata"]["name"]
        for one in namespace.all("Deployment")
        if "seatrial.io/run" in one["metadata"]["labels"] or one["spec"]["replicas"] != 1
    ]


def made_for_guardians(namespace: KubeNamespace) -> list[str]:
    return [
        f"{kind}/{one['metadata']['name']}"
        for kind in OWN
        for one in namespace.all(kind)
        if one["metadata"]["name"].startswith("seatrial-2")
    ]


@pytest.fixture
def injected(sleepers: KubeNamespace, tmp_path: Path) -> Iterator[LiveRun]:
    """A run that holds its faults for two minutes."""
    with LiveRun(tmp_path / "run", experiment(sleepers, 55)) as live:
        all_applied(live)
        yield live


def all_applied(live: LiveRun) -> None:
    """The plan of a cluster that is asked by many takes its time."""
    give_up_s = time.monotonic() + 200
    while not list(live.store.runs()) and live.process.poll() is None and time.monotonic() < give_up_s:
        threading.Event().wait(0.1)
    live.await_entry("applied", nth=COUNT, timeout_s=200)
