"""Experiments with chaostoolkit-kubernetes: the verdict of `chaos run` on one cluster, and the way back."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.kube.access import Access
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.toolkit.parity import CHAOS, SEATRIAL

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]

Undone = Callable[[KubeNamespace], bool]


def call(kind: str, title: str, module: str, func: str, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": f"chaosk8s.{module}", "func": func, "arguments": arguments}
    return {"type": kind, "name": title, "provider": provider}


def pods_are(number: int, namespace: str) -> dict[str, Any]:
    probe = call("probe", "pods", "pod.probes", "count_pods", label_selector="app=web", ns=namespace)
    return {**probe, "tolerance": number}


Action = tuple[str, str, dict[str, Any]]
SCALE: Action = ("deployment.actions", "scale_deployment", {"name": "web", "replicas": 1})
DENY: Action = ("networking.actions", "deny_all_ingress", {})
KILL: Action = (
    "pod.actions",
    "terminate_pods",
    {"label_selector": "app=web", "rand": True, "grace_period": 0},
)


@pytest.mark.parametrize(
    ("action", "is_undone"),
    [
        (SCALE, lambda namespace: namespace.get("Deployment", "web")["spec"]["replicas"] == 2),
        (DENY, lambda namespace: not namespace.all("NetworkPolicy")),
        (KILL, lambda namespace: namespace.ready("web") == 2),
    ],
    ids=["scale", "deny", "kill"],
)
def test_the_same_verdict_as_chaos_run(
    action: Action,
    is_undone: Undone,
    namespace: KubeNamespace,
    kube_access: Access,
    tmp_path: Path,
) -> None:
    module, func, arguments = action
    namespace.add(deployment("web", replicas=2))
    namespace.until(lambda: namespace.ready("web") == 2)
    file = tmp_path / "experiment.json"
    fault = call("action", "fault", module, func, ns=namespace.name, **arguments)
    file.write_text(
        json.dumps(
            {
                "title": "On a cluster",
                "description": "With a driver.",
                "steady-state-hypothesis": {"title": "Two pods", "probes": [pods_are(2, namespace.name)]},
                "method": [{**fault, "pauses": {"after": 8}}],
            }
        )
    )
    environment = {**os.environ, "KUBECONFIG": str(kube_access.kubeconfig)}
    ours = outcome(SEATRIAL, file, tmp_path / "ours", environment)
    namespace.until(lambda: is_undone(namespace))  # by Seatrial, or by the pods' own Deployment
    namespace.until(lambda: namespace.ready("web") == 2)
    theirs = outcome(CHAOS, file, tmp_path / "theirs", environment)
    assert ours == theirs


def outcome(argv: list[str], file: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What its journal says came of it."""
    folder.mkdir()
    journal = folder / "journal.json"
    command = [*argv, str(file), "--journal-path", str(journal)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert journal.exists(), done.stdout + done.stderr
    told = json.loads(journal.read_text())
    states = told["steady_states"]
    return {
        "status": told["status"],
        "deviated": told["deviated"],
        "before": states["before"]["steady_state_met"],
        "after": states["after"]["steady_state_met"],
        "activities": [(one["activity"]["name"], one["status"]) for one in told["run"]],
    }
