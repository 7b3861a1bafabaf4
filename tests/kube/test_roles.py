"""Roles grant what a plan needs, and nothing more."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from seatrial.errors import SeatrialError
from seatrial.kube.access import Access
from seatrial.kube.rights import Right, narrowest
from seatrial.kube.roles import manifests, rules
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from tests.command_line import invoke

ACCOUNT = {"namespace": "chaos", "name": "seatrial"}


def test_names_with_the_same_verbs_are_one_rule() -> None:
    wanted = [
        Right(verb, "apps", "deployments", "shop", name) for name in ("b", "a") for verb in ("patch", "get")
    ]
    assert rules(wanted) == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["a", "b"],
            "verbs": ["get", "patch"],
        }
    ]


def test_a_right_to_all_of_a_kind_does_not_widen_those_to_one() -> None:
    wanted = [Right("list", "", "pods", "shop"), Right("delete", "", "pods", "shop", "web-0")]
    assert [(one.get("resourceNames"), one["verbs"]) for one in rules(wanted)] == [
        (None, ["list"]),
        (["web-0"], ["delete"]),
    ]


def test_a_role_for_each_namespace_and_one_for_what_is_in_none() -> None:
    made = manifests(
        [Right("get", "", "nodes", None, "n"), Right("get", "", "pods", "a"), Right("get", "", "pods", "b")],
        "Seatrial: a trial",
        ACCOUNT,
    )
    assert [(one["kind"], one["metadata"].get("namespace")) for one in made] == [
        ("ClusterRole", None),
        ("ClusterRoleBinding", None),
        ("Role", "a"),
        ("RoleBinding", "a"),
        ("Role", "b"),
        ("RoleBinding", "b"),
    ]
    assert all(one["subjects"] == [{"kind": "ServiceAccount", **ACCOUNT}] for one in made[1::2])


def experiment(folder: Path, namespace: str, access: Access) -> Path:
    file = folder / f"{Path(str(access.kubeconfig)).name}.yaml"
    where = {"kubeconfig": access.kubeconfig, "namespace": namespace}
    given: dict[str, Any] = {
        "title": "A deployment is scaled down",
        "hypothesis": "Nobody minds.",
        "slis": {
            "replicas": {"kubernetes": {**where, "workload": "Deployment/web"}, "objective": "ready >= 0"},
        },
        "faults": [
            {
                "action": "workload.scale",
                "with": {"replicas": 0},
                "targets": {"kubernetes": {**where, "kind": "Deployment", "name": "web"}},
                "for": "10 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
    }
    YAML(typ="safe").dump(given, file)
    return file


def plan(*arguments: str) -> tuple[int, str]:
    try:
        result = invoke(["plan", *arguments])
    except SeatrialError as error:
        return error.exit_code, error.message
    return result.exit_code, result.output


def granted(printed: str) -> list[Right]:
    """Every right that the printed roles grant."""
    return [
        Right(verb, group, resource, role["metadata"].get("namespace"), name)
        for role in YAML(typ="safe").load_all(printed)
        if "rules" in role
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames") or [None]
        for verb in rule["verbs"]
    ]


@pytest.mark.kubernetes
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_printed_roles_are_enough_and_none_of_them_is_too_much(
    namespace: KubeNamespace, kube_access: Access, tmp_path: Path
) -> None:
    namespace.add(deployment("web"))
    file = experiment(tmp_path, namespace.name, kube_access)
    printed = invoke(["plan", str(file), "--rbac", "--account", "x/y"])
    assert printed.exit_code == 0, printed.output
    rights = granted(printed.stdout)
    assert len(rights) > 4
    with kube_account(namespace, rights, tmp_path) as access:
        code, told = plan(str(experiment(tmp_path, namespace.name, access)), "--seed", "1")
        assert code == 0, told
    for number, left_out in enumerate(rights):
        rest = [right for right in rights if right != left_out]
        with kube_account(namespace, rest, tmp_path, f"less-{number}") as access:
            code, told = plan(str(experiment(tmp_path, namespace.name, access)), "--seed", "1")
            assert code == 3, f"without the right to {left_out}: {told}"
            assert left_out.resource in told, told


def test_what_a_wider_right_gives_is_not_asked_for_again() -> None:
    one = Right("list", "apps", "deployments", "shop", "web")
    in_namespace, everywhere = one._replace(name=None), one._replace(name=None, namespace=None)
    other = Right("watch", "apps", "deployments", "shop", "web")
    assert narrowest([one, other, one]) == [one, other]
    assert narrowest([one, in_namespace, other]) == [in_namespace, other]
    assert narrowest([in_namespace, one, everywhere]) == [everywhere]
