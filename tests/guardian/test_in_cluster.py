"""Guardians in a real cluster: whatever happens to the runner and to its machine, nothing stays."""

import json
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seatrial.kube.access import Access
from seatrial.kube.kinds import KINDS
from seatrial.testing.kube_namespace import KubeNamespace
from seatrial.testing.live_run import LiveRun, seatrial
from tests.guardian.conftest import COUNT, all_applied, experiment, hit, made_for_guardians

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]


def rollback(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """From another store, as on another machine."""
    command = [*seatrial("rollback"), "--kubernetes", "--runs", str(folder / "none"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def test_a_good_end_leaves_nothing(sleepers: KubeNamespace, tmp_path: Path) -> None:
    with LiveRun(tmp_path / "run", experiment(sleepers, 1)) as live:
        assert live.exit_code(200) == 0, live.said
        (ready,) = live.entries("cluster_guardian_ready")
        assert len(ready["pods"]) == 2
        assert {entry["by"] for entry in live.entries("undone")} == {"runner"}
    assert hit(sleepers) == []
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=30)


def test_runner_guardian_and_fuse_killed_at_once(sleepers: KubeNamespace, injected: LiveRun) -> None:
    assert len(hit(sleepers)) == COUNT
    injected.kill("fuse", "guardian", "runner")
    sleepers.until(lambda: not hit(sleepers), within_s=60)
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_a_runner_that_was_stopped_is_fenced_out(sleepers: KubeNamespace, injected: LiveRun) -> None:
    injected.kill("fuse", "guardian", "runner", number=signal.SIGSTOP)
    sleepers.until(lambda: not hit(sleepers), within_s=60)
    injected.kill("fuse", "guardian", "runner", number=signal.SIGCONT)
    injected.await_over(120)
    (stopped,) = injected.entries("stopped")
    assert stopped["why"] == "error", injected.said
    assert hit(sleepers) == []


def test_rollback_from_another_machine_leaves_a_living_run_alone(
    sleepers: KubeNamespace, injected: LiveRun, tmp_path: Path
) -> None:
    alone = rollback(tmp_path, "--namespace", sleepers.name)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert alone.stdout.count("its run is alive") == COUNT
    assert len(hit(sleepers)) == COUNT
    forced = rollback(tmp_path, "--namespace", sleepers.name, "--run", injected.run.id, "--force")
    assert forced.returncode == 0, forced.stdout + forced.stderr
    assert forced.stdout.count(": restored") == COUNT
    # The run finds its Lease gone, and undoes as well: what it fences out is marked for a moment.
    sleepers.until(lambda: not hit(sleepers), within_s=30)


def test_rollback_without_journal_and_without_guardians(sleepers: KubeNamespace, tmp_path: Path) -> None:
    with LiveRun(tmp_path / "run", experiment(sleepers, 55, guardian="local")) as live:
        all_applied(live)
        live.kill("fuse", "guardian", "runner")
        live.process.wait()
    strange = sleepers.get("Deployment", "d0")
    path = KINDS["Deployment"].path(sleepers.name, "d0")
    others = json.dumps(
        {**json.loads(strange["metadata"]["annotations"]["seatrial.io/undo"]), "action": "command"}
    )
    where = "/metadata/annotations/seatrial.io~1undo"
    sleepers.cluster.patch(path, [{"op": "replace", "path": where, "value": others}])
    first = rollback(tmp_path, "--namespace", sleepers.name)
    assert first.returncode == 5, first.stdout + first.stderr
    assert first.stdout.count(": restored") == COUNT - 1
    assert "no action 'command' on Kubernetes" in first.stdout
    assert hit(sleepers) == ["d0"]
    good = strange["metadata"]["annotations"]["seatrial.io/undo"]
    sleepers.cluster.patch(path, [{"op": "replace", "path": where, "value": good}])
    assert rollback(tmp_path, "--namespace", sleepers.name).returncode == 0
    again = rollback(tmp_path, "--namespace", sleepers.name)
    assert again.returncode == 0
    assert "nothing has a fault on it" in again.stdout
    assert hit(sleepers) == []


def test_an_image_that_is_nowhere_is_told_and_nothing_is_touched(
    sleepers: KubeNamespace, tmp_path: Path
) -> None:
    absent = {"cluster": {"image": f"seatrial.test/none:{secrets.token_hex(4)}"}}
    with LiveRun(tmp_path / "run", experiment(sleepers, 1, guardian=absent)) as live:
        assert live.exit_code(200) == 4, live.said
        assert "did not become ready" in live.said
        assert "none" in live.said
        assert live.entries("intended") == []
    assert hit(sleepers) == []
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_the_namespace_is_deleted_in_mid_run(sleepers: KubeNamespace, injected: LiveRun) -> None:
    sleepers.cluster.delete(KINDS["Namespace"].path(None, sleepers.name))
    assert injected.exit_code(200) in (0, 1, 4), injected.said  # 1: what was ready before does not come back
    assert not injected.record().open_faults


PLUGIN = """
import datetime, json, subprocess, sys
ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=4)
open({asked!r}, "a").write("x")
status = dict(json.load(open({status!r})), expirationTimestamp=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
version = "client.authentication.k8s.io/v1"
print(json.dumps({{"apiVersion": version, "kind": "ExecCredential", "status": status}}))
"""


def test_a_run_longer_than_its_plugins_token_keeps_its_undo(
    sleepers: KubeNamespace, kube_access: Access, tmp_path: Path
) -> None:
    """It is a ServiceAccount's, which is made anew under way: the first token is worthless from then on."""
    config, asked, token = tmp_path / "config", tmp_path / "asked", tmp_path / "status"
    account = KINDS["ServiceAccount"].path(sleepers.name, "runner")

    def give() -> None:
        sleepers.cluster.delete(account)
        sleepers.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}})
        wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        made = sleepers.cluster.create(f"{account}/token", wanted)
        token.write_text(json.dumps({"token": made["status"]["token"]}))

    give()
    may = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    role: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "runner"}}
    sleepers.add({**role, "kind": "Role", "rules": [may]})
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "runner"}
    subject = {"kind": "ServiceAccount", "name": "runner", "namespace": sleepers.name}
    sleepers.add({**role, "kind": "RoleBinding", "roleRef": ref, "subjects": [subject]})
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN.format(asked=str(asked), status=str(token)))
    write_config(config, kube_access, sys.executable, str(plugin))
    file = experiment(sleepers, 12, guardian="local")
    with LiveRun(tmp_path / "run", file, environment={"KUBECONFIG": str(config)}) as live:
        all_applied(live)
        give()  # from here on only who asks the plugin again can undo
        assert live.exit_code(200) == 0, live.said
        assert [entry["result"] for entry in live.entries("undone")] == ["restored"] * COUNT
    assert hit(sleepers) == []
    assert len(asked.read_text()) > 2


def write_config(path: Path, access: Access, *command: str) -> None:
    """The cluster of this access, with a plugin that gives the credentials."""
    from ruamel.yaml import YAML

    theirs = YAML(typ="safe").load(Path(access.kubeconfig or ""))
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": command[0],
            "args": list(command[1:]),
            "interactiveMode": "Never",
        }
    }
    context = {"cluster": theirs["clusters"][0]["name"], "user": "plugin"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": theirs["clusters"],
        "users": [{"name": "plugin", "user": user}],
        "contexts": [{"name": "plugin", "context": context}],
        "current-context": "plugin",
    }
    path.write_text(json.dumps(config))
