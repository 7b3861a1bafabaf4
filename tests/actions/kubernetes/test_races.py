"""Others write to the object that a fault is on, and the API says no: nothing is lost, nothing is left."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from seatrial.action import Lease
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.testing.faulty_api import Done, FaultyApi
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from seatrial.testing.kube_picture import picture
from tests.actions.conftest import becomes
from tests.actions.kubernetes.acting import action_of, only
from tests.actions.kubernetes.test_workload import NOWHERE

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]


def kubectl(namespace: KubeNamespace, verb: str, manifest: dict[str, Any], *more: str) -> str:
    """One run of kubectl; a failure is a failure of the test."""
    manifest = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace.name}}
    line = ["kubectl", "--kubeconfig", str(namespace.access.kubeconfig), verb, "-f", "-", *more]
    done = subprocess.run(line, input=json.dumps(manifest), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def replaced(namespace: KubeNamespace, manifest: dict[str, Any]) -> bool:
    """By all of the manifest, as `kubectl replace` does, of the version that is read."""
    found = namespace.get("Deployment", manifest["metadata"]["name"])
    version = {**manifest["metadata"], "resourceVersion": found["metadata"]["resourceVersion"]}
    try:
        path = KINDS["Deployment"].path(namespace.name, version["name"])
        namespace.cluster.replace(path, {**manifest, "metadata": version})
    except KubeError as error:
        if error.status != 409:
            raise
        return False
    return True


def web(replicas: int) -> dict[str, Any]:
    return deployment("web", replicas, **NOWHERE)


APPLIES: dict[str, tuple[str, ...]] = {
    "client": (),
    "server": ("--server-side", "--field-manager", "gitops"),
}


@pytest.fixture(params=APPLIES)
def applied(request: pytest.FixtureRequest, namespace: KubeNamespace) -> Callable[[int], object]:
    """`applied(3)`: the owner's manifest with so many replicas is applied, by kubectl on either side."""
    more = APPLIES[request.param]
    return lambda replicas: kubectl(namespace, "apply", web(replicas), *more)


def prepared(namespace: KubeNamespace, access: Access | None = None) -> tuple[Any, Any, Any]:
    """The action, its target and its state."""
    target = namespace.target(only(namespace, "Deployment"))
    target = target if access is None else target.model_copy(update={"access": access})
    action = action_of("workload.scale", replicas=0)
    return action, target, action.prepare(target, Lease(id="20261128T100000Z-race.f0.t0", max_hold_s=60))


def hit(namespace: KubeNamespace, access: Access | None = None) -> tuple[Any, Any, Any]:
    """The same, with the fault in place."""
    action, target, state = prepared(namespace, access)
    action.apply(target, state)
    assert namespace.get("Deployment", "web")["spec"]["replicas"] == 0
    return action, target, state


def test_after_the_undo_the_owners_next_apply_is_no_conflict(
    namespace: KubeNamespace, applied: Callable[[int], object]
) -> None:
    applied(2)
    before = picture(namespace.get("Deployment", "web"))
    action, target, state = hit(namespace)
    action.undo(target, state)
    assert picture(namespace.get("Deployment", "web")) == before
    applied(4)
    assert namespace.get("Deployment", "web")["spec"]["replicas"] == 4


@pytest.mark.parametrize("wanted", [2, 5], ids=["as-before", "another"])
def test_an_apply_under_the_fault_wins(wanted: int, namespace: KubeNamespace) -> None:
    for how, more in APPLIES.items():
        kubectl(namespace, "apply", web(2), *more)
        action, target, state = hit(namespace)
        force = ("--force-conflicts",) if how == "server" else ()
        kubectl(namespace, "apply", web(wanted), *more, *force)
        if wanted == 2:
            action.undo(target, state)
        else:
            with pytest.raises(ForeignChange, match="replicas"):
                action.undo(target, state)
        found = namespace.get("Deployment", "web")
        assert found["spec"]["replicas"] == wanted
        assert marks.RUN not in found["metadata"]["labels"]
        assert marks.UNDO not in found["metadata"].get("annotations", {})
        assert action.is_undone(target, state)
        namespace.cluster.delete(target.object.path)
        namespace.until(lambda: not namespace.all("Deployment"))


def test_a_replace_takes_fault_and_marks_away_and_is_left(namespace: KubeNamespace) -> None:
    kubectl(namespace, "create", web(2))
    action, target, state = hit(namespace)
    assert becomes(lambda: replaced(namespace, web(3)), 30), "the controller writes to it all the time"
    assert action.is_undone(target, state)
    action.undo(target, state)
    found = namespace.get("Deployment", "web")
    assert found["spec"]["replicas"] == 3
    assert not [one for one in found["metadata"]["managedFields"] if "race" in one["manager"]]


def test_somebody_takes_away_the_label_alone(namespace: KubeNamespace) -> None:
    kubectl(namespace, "create", web(2))
    before = picture(namespace.get("Deployment", "web"))
    action, target, state = hit(namespace)
    label = marks.RUN.replace("/", "~1")
    namespace.edit(target.object, {"op": "remove", "path": f"/metadata/labels/{label}"})
    assert not action.is_undone(target, state)
    action.undo(target, state)
    assert picture(namespace.get("Deployment", "web")) == before


def test_only_one_run_at_a_time_has_a_fault_on_an_object(namespace: KubeNamespace) -> None:
    kubectl(namespace, "create", web(2))
    action, target, state = hit(namespace)
    with pytest.raises(Fatal, match="has a fault of run"):
        action.prepare(target, Lease(id="another.f0.t0", max_hold_s=60))
    action.undo(target, state)


def test_a_write_that_was_on_its_way_is_refused_after_the_undo(namespace: KubeNamespace) -> None:
    """The runner died, its patch did not: the undo finds nothing, and the patch comes after it."""
    kubectl(namespace, "create", web(2))
    before = picture(namespace.get("Deployment", "web"))
    with FaultyApi(namespace.access) as api:
        action, target, state = prepared(namespace, api.access)
        api.fail(504, times=5, done="late")
        with pytest.raises(Retryable):
            action.apply(target, state)
        action.undo(target, state)
        assert set(api.let_go()) == {422}
        assert action.is_undone(target, state)
    assert picture(namespace.get("Deployment", "web")) == before


ANSWERS: list[tuple[int, Done]] = [(429, "never"), (500, "never"), (409, "never"), (500, "now"), (504, "now")]


@pytest.mark.parametrize(("status", "done"), ANSWERS)
def test_errors_on_the_way_leave_nothing(status: int, done: Done, namespace: KubeNamespace) -> None:
    kubectl(namespace, "create", web(2))
    before = picture(namespace.get("Deployment", "web"))
    with FaultyApi(namespace.access) as api:
        action, target, state = prepared(namespace, api.access)
        for act in (action.apply, action.undo):
            api.fail(status, times=2, done=done)
            act(target, state)
        assert api.failed == 4
        assert action.is_undone(target, state)
    assert picture(namespace.get("Deployment", "web")) == before
