"""Known inverses: the mechanism with any driver, and the table's rows with chaosk8s' own functions."""

import datetime
import importlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue

from seatrial.errors import Fatal, ForeignChange
from seatrial.testing.fake_kubernetes import FakeKubernetes, Object, deployment, node
from seatrial.toolkit import inverse
from seatrial.toolkit.inverse import Hand, Inverse, calling, capture, is_set, is_set_back, row_of, set_back
from seatrial.toolkit.inverse_table import Call, Row, known_inverses, read_row

pytest.importorskip("chaosk8s")


@pytest.fixture
def cluster() -> Iterator[FakeKubernetes]:
    with FakeKubernetes() as made:
        yield made


@pytest.fixture
def hand(cluster: FakeKubernetes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hand:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    return calling({"KUBERNETES_HOST": cluster.url})


# --- the table ---


def functions() -> list[tuple[str, str, Mapping[str, JsonValue]]]:
    """Every function that the table names, with the arguments that it would be given."""
    found: list[tuple[str, str, Mapping[str, JsonValue]]] = []
    for action, row in known_inverses().items():
        module, _, func = action.partition(":")
        found.append((module, func, {}))
        calls = (row.look, row.look_again or row.look, row.back)
        found += [(call.module, call.func, call.arguments) for call in calls]
    return found


@pytest.mark.parametrize(("module", "func"), sorted({(m, f) for m, f, _ in functions()}))
def test_every_function_of_the_table_is_there_and_takes_what_it_is_given(module: str, func: str) -> None:
    signature = inspect.signature(getattr(importlib.import_module(module), func))
    for m, f, arguments in functions():
        if (m, f) == (module, func):
            signature.bind_partial(**arguments)
            if arguments:
                signature.bind(**arguments)


def test_every_name_in_a_row_is_a_parameter_of_all_its_actions() -> None:
    known = {"item", "before", "made.name", "made.ns", "made.group", "made.version", "made.plural"}
    for action, row in known_inverses().items():
        module, _, func = action.partition(":")
        taken = set(inspect.signature(getattr(importlib.import_module(module), func)).parameters) | known
        calls = (row.look, row.look_again or row.look, row.back)
        values = [*(value for call in calls for value in call.arguments.values()), row.becomes]
        used = {value[2:-1] for value in values if isinstance(value, str) and value.startswith("${")}
        optional = {"pod_label_selector", "pod_namespace"}  # drain_nodes takes them, cordon_node does not
        assert used - optional <= taken, action
        assert set(row.made) <= taken, action


def test_an_action_without_a_known_inverse() -> None:
    assert row_of("chaosk8s.pod.actions", "terminate_pods") is None


# --- rows on an API ---

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"


def done(hand: Hand, module: str, func: str, **arguments: JsonValue) -> Inverse:
    """Capture, as JSON, then the action itself."""
    row = row_of(module, func)
    assert row is not None
    captured = Inverse.model_validate_json(capture(row, arguments, hand).model_dump_json())
    hand(Call(module=module, func=func, arguments=arguments))
    return captured


def test_scale_goes_back_to_the_former_replicas(cluster: FakeKubernetes, hand: Hand) -> None:
    shop = cluster.add(DEPLOYMENTS, deployment("shop", 3))
    captured = done(hand, "chaosk8s.deployment.actions", "scale_deployment", name="shop", replicas=0)
    assert shop["spec"]["replicas"] == 0
    assert is_set(captured, hand)
    assert not is_set_back(captured, hand)
    for _ in range(2):
        set_back(captured, hand)
        assert shop["spec"]["replicas"] == 3
        assert is_set_back(captured, hand)
    assert sum(request.startswith("PATCH") for request in cluster.requests) == 2, (
        "the second undo only looked"
    )


def test_what_somebody_else_has_scaled_stays(cluster: FakeKubernetes, hand: Hand) -> None:
    shop = cluster.add(DEPLOYMENTS, deployment("shop", 3))
    captured = done(hand, "chaosk8s.deployment.actions", "scale_deployment", name="shop", replicas=0)
    shop["spec"]["replicas"] = 5
    with pytest.raises(ForeignChange, match=r"^shop is 5, neither 3 nor 0$"):
        set_back(captured, hand)
    assert shop["spec"]["replicas"] == 5


def test_nothing_is_scaled_that_is_not_there(cluster: FakeKubernetes, hand: Hand) -> None:
    row = row_of("chaosk8s.deployment.actions", "scale_deployment")
    assert row is not None
    with pytest.raises(Fatal, match=r"^shop is not there$"):
        capture(row, {"name": "shop", "replicas": 0}, hand)


def test_only_nodes_that_were_schedulable_are_uncordoned(cluster: FakeKubernetes, hand: Hand) -> None:
    nodes = [node("one", role="web"), node("two", role="web", cordoned=True), node("three", role="db")]
    for one in nodes:
        cluster.add("/api/v1/nodes", one)
    captured = done(hand, "chaosk8s.node.actions", "cordon_node", label_selector="role=web")
    assert [bool(one["spec"].get("unschedulable")) for one in nodes] == [True, True, False]
    nodes[0]["metadata"]["labels"] = {}  # the selector does not find it any more, undo does
    set_back(captured, hand)
    assert [bool(one["spec"].get("unschedulable")) for one in nodes] == [False, True, False]
    assert is_set_back(captured, hand)


POLICY: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "closed"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}


@pytest.mark.parametrize(
    ("func", "arguments", "name"),
    [
        ("create_network_policy", {"spec": POLICY}, "closed"),
        ("deny_all_ingress", {}, "chaostoolkit-deny-all-ingress"),
        ("deny_all_egress", {"ns": "default"}, "chaostoolkit-deny-all-egress"),
        ("allow_dns_access", {}, "chaostoolkit-allow-dns"),
    ],
)
def test_a_network_policy_is_removed(
    cluster: FakeKubernetes, hand: Hand, func: str, arguments: dict[str, Any], name: str
) -> None:
    captured = done(hand, "chaosk8s.networking.actions", func, **arguments)
    assert (POLICIES, name) in cluster.objects
    set_back(captured, hand)
    assert cluster.objects == {}
    assert is_set_back(captured, hand)


def test_what_was_there_before_is_nobody_s_to_remove(cluster: FakeKubernetes, hand: Hand) -> None:
    theirs = cluster.add(POLICIES, POLICY)
    row = row_of("chaosk8s.networking.actions", "create_network_policy")
    assert row is not None
    captured = capture(row, {"spec": POLICY}, hand)
    assert captured.steps == ()
    set_back(captured, hand)
    assert cluster.objects == {(POLICIES, "closed"): theirs}


def _in_a_file(folder: Path, made: Object) -> str:
    path = folder / "made.json"
    path.write_text(json.dumps(made))
    return str(path)


MADE: dict[str, tuple[str, Callable[[Path], dict[str, JsonValue]]]] = {
    "deployment:create_deployment": ("shop", lambda to: {"spec_path": _in_a_file(to, deployment("shop", 1))}),
    "actions:start_microservice": ("shop", lambda to: {"spec_path": _in_a_file(to, deployment("shop", 1))}),
    "namespace:create_namespace": ("shop", lambda _: {"name": "shop"}),
    "crd:create_custom_object": (
        "late",
        lambda _: {"group": "a.b", "version": "v1", "plural": "cs", "resource": _custom()},
    ),
    "crd:create_cluster_custom_object": (
        "late",
        lambda _: {"group": "a.b", "version": "v1", "plural": "cs", "resource": _custom()},
    ),
    "chaosmesh.network:add_latency": ("late", lambda _: {"name": "late", "latency": "1s"}),
    "chaosmesh.stress:stress_cpu": ("busy", lambda _: {"name": "busy", "workers": 1, "load": 10}),
}


def _custom() -> Object:
    return {"apiVersion": "a.b/v1", "kind": "C", "metadata": {"name": "late"}}


@pytest.mark.parametrize("action", MADE)
def test_what_was_made_is_deleted(cluster: FakeKubernetes, hand: Hand, action: str, tmp_path: Path) -> None:
    name, arguments = MADE[action]
    package, func = action.split(":")
    module = "chaosk8s.actions" if package == "actions" else f"chaosk8s.{package}.actions"
    captured = done(hand, module, func, **arguments(tmp_path))
    for path in tmp_path.iterdir():
        path.unlink()  # undo needs no file of the user's
    assert [key[1] for key in cluster.objects] == [name]
    set_back(captured, hand)
    assert cluster.objects == {}
    assert is_set_back(captured, hand)


# --- what is refused ---


def row(**keys: object) -> Row:
    base = {
        "actions": ["json:dumps"],
        "undo": "nothing",
        "look": {"func": "json:loads", "arguments": {"s": "${s}"}},
        "becomes": True,
        "back": {"func": "json:dumps"},
    }
    return read_row({**base, **keys})


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("no/such/file.yaml", "cannot be read: .*No such file"),
        ("{", "cannot be read: "),
        ("{a: 1}", "has no `metadata.name`"),
        ({"metadata": {"generateName": "x-"}}, "has no `metadata.name`"),
        ("[1, {}]", "is not described by keys and values"),
    ],
)
def test_an_object_that_could_not_be_found_again(made: JsonValue, said: str) -> None:
    with pytest.raises(Fatal, match=said):
        capture(row(made=["spec"]), {"spec": made}, calling())


@pytest.mark.parametrize("seen", ["[1]", '{"": false}'])
def test_a_look_that_tells_no_items(seen: str) -> None:
    with pytest.raises(Fatal, match="does not tell items and their values"):
        capture(row(), {"s": seen}, calling())


@pytest.mark.parametrize(
    "seen", [(1, 2), datetime.date(2026, 1, 1), {1: 2}, float("nan"), b"x"], ids=lambda it: type(it).__name__
)
def test_a_former_state_that_json_does_not_bring_back(seen: object) -> None:
    with pytest.raises(Fatal, match="JSON does not bring back"):
        capture(row(), {"s": "{}"}, lambda _: cast("JsonValue", {"it": seen}))


@pytest.mark.parametrize(
    ("kind", "plural"), [("policy", "policies"), ("class", "classes"), ("endpoints",) * 2]
)
def test_plurals(kind: str, plural: str) -> None:
    assert inverse._plural(kind) == plural


def test_every_row_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/chaos-toolkit-drivers.md").read_text()
    for action, known in known_inverses().items():
        (line,) = [line for line in page.splitlines() if f"`{action.replace(':', '.')}`" in line]
        assert known.undo in line
