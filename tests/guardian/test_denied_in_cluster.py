"""Guardians whose API denies them what they ask, for a while: they undo once they get it."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from seatrial.guardian.in_cluster.task import POD_VARIABLE, Task
from seatrial.kube.kinds import KINDS
from seatrial.testing.faulty_api import Done, FaultyApi
from seatrial.testing.kube_namespace import KubeNamespace
from seatrial.testing.live_run import LiveRun
from tests.guardian.conftest import COUNT, hit, made_for_guardians

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
ANSWERS: list[tuple[int, Done]] = [(429, "never"), (500, "now"), (503, "never")]
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


@contextmanager
def forbidden(namespace: KubeNamespace) -> Iterator[None]:
    """403: their role is emptied, but for their Lease."""
    (role,) = [one for one in namespace.all("Role") if one["metadata"]["name"].startswith("seatrial-2")]
    path = KINDS["Role"].path(namespace.name, role["metadata"]["name"])
    lease_only = [rule for rule in role["rules"] if rule["resources"] == ["leases"]]
    namespace.cluster.patch(path, [{"op": "replace", "path": "/rules", "value": lease_only}])
    yield
    namespace.cluster.patch(path, [{"op": "replace", "path": "/rules", "value": role["rules"]}])


@contextmanager
def internal_error(namespace: KubeNamespace) -> Iterator[None]:
    """500 to each of their writes: a webhook that must be asked, and does not answer."""
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}
    theirs = f"request.userInfo.username.startsWith('system:serviceaccount:{namespace.name}:')"
    hook = {
        "name": "nobody.seatrial.io",
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "failurePolicy": "Fail",
        "timeoutSeconds": 1,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
        "matchConditions": [{"name": "theirs", "expression": theirs}],
        "rules": [everything],
    }
    version, _, _ = HOOKS.removeprefix("/apis/").rpartition("/")
    data = {"apiVersion": version, "kind": "ValidatingWebhookConfiguration", "webhooks": [hook]}
    namespace.cluster.create(HOOKS, {**data, "metadata": {"name": namespace.name}})
    try:
        yield
    finally:
        namespace.cluster.delete(f"{HOOKS}/{namespace.name}")


@pytest.mark.parametrize("denial", [forbidden, internal_error])
def test_guardians_that_are_denied_what_they_ask_go_on_until_they_get_it(
    denial: Callable[[KubeNamespace], AbstractContextManager[None]],
    sleepers: KubeNamespace,
    injected: LiveRun,
) -> None:
    with denial(sleepers):
        injected.kill("fuse", "guardian", "runner")
        threading.Event().wait(12)
        assert len(hit(sleepers)) == COUNT
    sleepers.until(lambda: not hit(sleepers), within_s=60)
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_a_guardian_whose_api_is_busy_undoes_all_the_same(sleepers: KubeNamespace, injected: LiveRun) -> None:
    """It is a third one, with the very task of the two: those may do nothing."""
    (pod, *_) = sleepers.all("Pod", "seatrial.io/own")
    bare = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "elsewhere"}}
    role = sleepers.add({**bare, "rules": []})
    task = Task.model_validate_json(pod["spec"]["containers"][0]["args"][-1])
    task = task.model_copy(update={"roles": (role,)})
    with forbidden(sleepers), FaultyApi(sleepers.access) as api:
        more = {"KUBECONFIG": str(api.access.kubeconfig), POD_VARIABLE: "third"}
        command = [sys.executable, "-m", "seatrial.guardian.in_cluster", task.model_dump_json()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **more}) as third:
            assert third.stdout is not None
            assert b"ready" in third.stdout.readline()
            injected.kill("fuse", "guardian", "runner")
            for status, done in ANSWERS:
                api.fail(status, times=5, methods=("GET",))
                api.fail(status, times=3, methods=("PATCH",), done=done, retry_after="1")
            api.fail(503, times=3, methods=("DELETE",))
            assert third.wait(120) == 0
        assert api.failed == 8 * len(ANSWERS) + 3
        assert "elsewhere" not in str(sleepers.all("Role"))
        assert hit(sleepers) == []
