"""chaostoolkit keeps what every action has to, with a declared undo and with a known inverse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, Retryable
from seatrial.files.checked import checked
from seatrial.files.experiment_file import read_experiment
from seatrial.pack import load_packs
from seatrial.plan.resolve import make_plan
from seatrial.targets.target import ResourceTarget
from seatrial.testing import ActionConformance
from seatrial.testing.conformance.understudy import Understudy
from seatrial.testing.fake_kubernetes import FakeKubernetes, deployment
from seatrial.testing.small_experiment import small_experiment

SHELF = "seatrial.testing.shelf"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
NOWHERE = "/nonexistent/kubeconfig"
LEASE = Lease(id="l1", max_hold_s=10)


def on(func: str, shelf: Path | str, **more: Any) -> dict[str, Any]:
    return {"module": SHELF, "func": func, "arguments": {"shelf": str(shelf)}, **more}


@pytest.fixture
def target() -> ResourceTarget:
    return ResourceTarget(name="mug")


class TestDeclaredUndo(ActionConformance):
    """A call and the one that takes it back."""

    moments = 3

    @pytest.fixture
    def action(self, tmp_path: Path) -> Action[Any, Any]:
        self.shelf = tmp_path / "shelf"
        self.shelf.mkdir()
        return self.make(
            "chaostoolkit",
            **on("put", self.shelf, target_as="thing"),
            undo=on("remove", self.shelf),
            verify=on("stands", self.shelf, tolerance=False),
            check=on("stands", self.shelf),
        )

    def snapshot(self, target: Any) -> object:
        return sorted(path.name for path in self.shelf.iterdir())


class TestKnownInverse(ActionConformance):
    """The former replicas of a deployment, on an API that speaks as Kubernetes does."""

    moments = 1

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def understudy(cls) -> Iterator[Understudy]:
        """One of its own: no kubeconfig of this machine is to be found."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KUBECONFIG", NOWHERE)
            understudy = Understudy(cls.pack_roots())
            yield understudy
            understudy.close()

    @pytest.fixture
    def cluster(self) -> Iterator[FakeKubernetes]:
        with FakeKubernetes() as cluster:
            self.mug = cluster.add(DEPLOYMENTS, deployment("mug", 3))
            yield cluster

    @pytest.fixture
    def action(self, cluster: FakeKubernetes, tmp_path: Path) -> Action[Any, Any]:
        return self.make(
            "chaostoolkit",
            module="chaosk8s.deployment.actions",
            func="scale_deployment",
            target_as="name",
            arguments={"replicas": 0},
            secrets={"KUBERNETES_HOST": cluster.url},
        )

    def snapshot(self, target: Any) -> object:
        return self.mug["spec"]["replicas"]

    def foreign_change(self, target: Any, state: Any) -> None:
        self.mug["spec"]["replicas"] = 7


def make(**keys: Any) -> Any:
    return load_packs().actions["chaostoolkit"].model_validate(keys)


def test_a_call_that_fails(target: ResourceTarget, tmp_path: Path) -> None:
    broken = {"module": SHELF, "func": "fail"}
    action = make(**broken, undo={**broken, "arguments": {"reason": "still"}}, check=broken)
    state = action.prepare(target, LEASE)
    with pytest.raises(Fatal, match=r"^fail\(\) failed: RuntimeError: it is broken$"):
        action.apply(target, state)
    with pytest.raises(Retryable, match=r"^fail\(reason='still'\) failed: RuntimeError: still$"):
        action.undo(target, state)
    with pytest.raises(Retryable, match=r"^fail\(\) failed: "):
        action.is_undone(target, state)


def test_programs_and_requests_are_calls_too(target: ResourceTarget, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    action = make(
        provider={"type": "process", "path": "touch", "arguments": [str(mark)], "timeout": 5},
        undo={"provider": {"type": "process", "path": "rm", "arguments": f"-f {mark}"}},
        verify=on("stands", tmp_path, arguments={"shelf": str(tmp_path), "thing": "mark"}, tolerance=False),
    )
    assert action.describe_undo() == "call rm"
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    assert mark.exists()
    assert not action.is_undone(target, state)
    action.undo(target, state)
    assert action.is_undone(target, state)


def test_a_call_without_a_look_is_undone_when_undo_succeeds(target: ResourceTarget, tmp_path: Path) -> None:
    action = make(**on("put", tmp_path, target_as="thing"), undo=on("remove", tmp_path))
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    assert action.has_effect(target, state) is None
    assert action.is_undone(target, state)
    assert not (tmp_path / "mug").exists()


def test_several_calls_take_it_back_and_all_are_tried(target: ResourceTarget, tmp_path: Path) -> None:
    broken = {"module": SHELF, "func": "fail"}
    action = make(
        **on("put", tmp_path, target_as="thing"),
        undo=[broken, on("remove", tmp_path)],
        verify=on("stands", tmp_path),
    )
    assert action.describe_undo() == f"call fail(), then remove(shelf='{tmp_path}')"
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    with pytest.raises(Retryable, match=r"^fail\(\) failed: RuntimeError: it is broken$"):
        action.undo(target, state)
    assert not (tmp_path / "mug").exists()


def test_secrets_and_configuration_are_handed_on(target: ResourceTarget, tmp_path: Path) -> None:
    action = make(
        **on("put", tmp_path, target_as="thing"), undo=on("remove", tmp_path), secrets={"word": "hush"}
    )
    action.apply(target, action.prepare(target, LEASE))
    assert (tmp_path / "mug").read_text() == "hush"
    assert action.undo_calls[0].secrets == {"word": "hush"}
    assert "hush" not in repr(action)


def test_one_that_nothing_takes_back(target: ResourceTarget, tmp_path: Path) -> None:
    gone = on("stands", tmp_path, tolerance=False)
    action = make(**on("put", tmp_path, target_as="thing"), verify=gone)
    assert action.cannot_be_undone
    state = action.prepare(target, LEASE)
    action.apply(target, state)
    action.undo(target, state)
    assert not action.is_undone(target, state)
    (tmp_path / "mug").unlink()
    assert action.is_undone(target, state)


def test_check_and_plan_warn_of_it(tmp_path: Path) -> None:
    call = on("put", tmp_path, target_as="thing")
    path = tmp_path / "e.json"
    path.write_text(
        json.dumps(
            small_experiment(
                "chaostoolkit",
                {"resource": {"names": ["mug", "cup"]}},
                {**call, "verify": on("stands", tmp_path, tolerance=False)},
            )
        )
    )
    told = [warning.message for warning in checked(path).warnings]
    assert any("has neither a known inverse nor `undo`: nothing will take it back" in one for one in told)
    plan = make_plan(read_experiment(path), seed=1)
    assert plan.faults[0].irreversible
    assert plan.faults[0].population == 2
    assert any("chaostoolkit cannot be undone: put(" in told for told in plan.warnings)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "name a function: add `module` and `func`"),
        ({"module": SHELF}, "name a function"),
        ({"module": SHELF, "func": "put", "provider": {"type": "process", "path": "true"}}, "and not both"),
        ({"provider": {"type": "process", "path": "true", "timout": 1}}, "a provider has no 'timout'"),
        (
            {"module": "chaos_none", "func": "a"},
            "there is no module 'chaos_none': mend the name",
        ),
        ({"module": SHELF, "func": "putt"}, "has no function 'putt': use one of"),
        ({"module": SHELF, "func": "put", "arguments": {"shelf": "a"}}, "put needs thing: add it"),
        ({"module": SHELF, "func": "fail", "arguments": {"x": 1}}, "fail does not take x: remove it"),
        ({"module": SHELF, "func": "fail"}, "fail has no known inverse: add `undo`"),
        ({"module": SHELF, "func": "fail", "undo": {"module": SHELF, "func": "putt"}}, "no function 'putt'"),
        (
            {"module": SHELF, "func": "fail", "arguments": {"reason": "a"}, "target_as": "reason"},
            "`target_as: reason` has to name an argument that stands nowhere else",
        ),
        (
            {
                "module": SHELF,
                "func": "fail",
                "verify": {"module": SHELF, "func": "fail", "tolerance": {"type": "x"}},
            },
            "this is no tolerance",
        ),
    ],
)
def test_what_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(**keys)


def test_two_faults_do_not_put_back_the_same(target: ResourceTarget) -> None:
    scale = {"module": "chaosk8s.deployment.actions", "func": "scale_deployment", "target_as": "name"}
    made = [make(**scale, arguments={"replicas": n, "ns": "a"}) for n in (0, 1)]
    assert [one.changes(target) for one in made] == [["replicas of Deployment mug a"]] * 2
    other = ResourceTarget(name="cup")
    assert made[0].changes(other) == ["replicas of Deployment cup a"]
    policy = {"module": "chaosk8s.networking.actions", "func": "create_network_policy"}
    assert make(**policy, arguments={"spec_path": "/no/such/file"}).changes(target) == []
    assert make(module=SHELF, func="fail", undo={"module": SHELF, "func": "fail"}).changes(target) == []


def test_nothing_to_change(target: ResourceTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", NOWHERE)
    with FakeKubernetes() as cluster:
        cluster.add(DEPLOYMENTS, deployment("mug", 3))
        action = make(
            module="chaosk8s.deployment.actions",
            func="scale_deployment",
            arguments={"name": "mug", "replicas": 3},
            secrets={"KUBERNETES_HOST": cluster.url},
        )
        with pytest.raises(Fatal, match="would change nothing"):
            action.prepare(target, LEASE)
