"""The pods that a plan hits: counted in the cluster, held against budgets and `keep_ready`, and shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.cli.plan import readable
from seatrial.kube.access import Access
from seatrial.kube.objects import metadata
from seatrial.plan.plan import Plan
from seatrial.plan.pods import OWN_POD
from seatrial.plan.reach import PodGroup, PodReach
from seatrial.plan.resolve import make_plan
from seatrial.testing.kube_namespace import KubeNamespace, deployment, kube_namespace, service
from tests.run.runs import written

BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web"},
    "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
}


def test_pods_of_two_targets_count_once_and_only_while_they_are_hit() -> None:
    reach = PodReach(
        by_target={"a": ("1", "2"), "b": ("2", "3"), "c": ("4",)}, taken=(), at_once=0, groups=()
    )
    together = [("a", 0.0, 10.0), ("b", 5.0, 15.0)]
    assert reach.most(together) == 3
    assert reach.most([*together, ("c", 10.0, 20.0)]) == 3  # a has gone when c comes
    assert reach.most([]) == 0
    some = PodGroup(
        kind="workload", name="deployment shop/web", ready=9, members=("2",), at_once=0, allowed=9
    )
    other = some.model_copy(update={"members": ("1", "3", "5")})
    assert reach.most_of_each(together, [some, other]) == [1, 2]


def test_a_budget_is_about_pods_that_go() -> None:
    group = PodGroup(
        kind="budget", name="PodDisruptionBudget shop/web", ready=3, members=("1", "2"), at_once=2, allowed=1
    )
    reach = PodReach(by_target={"a": ("1",), "b": ("2",)}, taken=("a",), at_once=2, groups=(group,))
    assert reach.most_of_each([("a", 0, 9), ("b", 0, 9)], [group]) == [1]
    assert "lets 1 of its pods go, but 2 would" in (group.refusal() or "")
    assert group.model_copy(update={"at_once": 1}).refusal() is None


@pytest.fixture(scope="module")
def shop(kube_access: Access) -> Iterator[KubeNamespace]:
    """Three pods behind two services, of which two have to stay."""
    with kube_namespace(kube_access) as namespace:
        namespace.add(deployment("web", replicas=3))
        for name in ("web", "also"):
            namespace.add(service(name, "web"))
        namespace.add(BUDGET)
        namespace.until(lambda: namespace.ready("web") == 3, 180)
        namespace.until(
            lambda: namespace.get("PodDisruptionBudget", "web")["status"]["disruptionsAllowed"] == 1
        )
        yield namespace


def experiment(
    action: str, targets: dict[str, JsonValue], caps: dict[str, JsonValue], arguments: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    stages: JsonValue = caps.pop("stages", 1)
    return {
        "title": "Reach",
        "hypothesis": "It is counted.",
        "slis": {"it": {"tcp": "127.0.0.1:1", "objective": "open == true"}},
        "faults": [
            {
                "action": action,
                "with": arguments,
                "for": "9 s",
                "stages": [stages],
                "targets": {"kubernetes": targets},
            }
        ],
        "blast_radius": {"max_targets": 9, "max_share": "100%", "max_duration": "1 min", **caps},
    }


def planned(
    folder: Path,
    action: str,
    targets: dict[str, JsonValue],
    arguments: dict[str, JsonValue] | None = None,
    caps: dict[str, JsonValue] | None = None,
) -> Plan:
    """With `stages`, and caps on the blast radius."""
    return make_plan(written(folder, experiment(action, targets, dict(caps or {}), arguments or {})), 1)


@pytest.mark.kubernetes
def test_a_pod_is_counted_with_all_that_it_is_part_of(shop: KubeNamespace, tmp_path: Path) -> None:
    pods: dict[str, JsonValue] = {"kind": "Pod", "namespace": shop.name, "labels": "app=web"}
    plan = planned(tmp_path, "pod.delete", pods, caps={"keep_ready": 2})
    assert plan.pods is not None
    assert not plan.refusals
    assert {one.name: (one.at_once, one.ready, one.allowed) for one in plan.pods.groups} == {
        f"deployment {shop.name}/web": (1, 3, 1),
        f"service {shop.name}/web": (1, 3, 1),
        f"service {shop.name}/also": (1, 3, 1),
        f"PodDisruptionBudget {shop.name}/web": (1, 3, 1),
    }
    assert f"hits     1 of at most 1 of service {shop.name}/also, 3 ready" in readable(plan)


@pytest.mark.kubernetes
@pytest.mark.parametrize(
    ("hit", "caps", "says"),
    [
        (("pod.evict", "Pod"), {"stages": 2}, "lets 1 of its pods go, but 2 would"),
        (("pod.delete", "Pod"), {"stages": 2}, "lets 1 of its pods go, but 2 would"),
        (("pod.delete", "Pod"), {"keep_ready": 3}, "would have 2 of 3 pods ready, but keep_ready is 3"),
        (("service.selector", "Service"), {"keep_ready": "1%"}, "would have 0 of 3 pods ready"),
        (("policy.isolate", "Deployment"), {"keep_ready": 1}, "would have 0 of 3 pods ready"),
    ],
    ids=["evict", "delete", "keep", "service", "policy"],
)
def test_too_many_are_refused(
    hit: tuple[str, str], caps: dict[str, JsonValue], says: str, shop: KubeNamespace, tmp_path: Path
) -> None:
    action, kind = hit
    plan = planned(tmp_path, action, {"kind": kind, "namespace": shop.name}, caps=caps)
    assert says in "\n".join(plan.refusals)


@pytest.mark.kubernetes
def test_scaling_counts_the_pods_that_go(shop: KubeNamespace, tmp_path: Path) -> None:
    targets: dict[str, JsonValue] = {"kind": "Deployment", "namespace": shop.name, "name": "web"}
    plan = planned(tmp_path, "workload.scale", targets, {"replicas": 2})
    assert plan.pods is not None
    assert (plan.refusals, plan.pods.at_once) == ((), 1)
    plan = planned(tmp_path, "workload.scale", targets, {"replicas": 1})
    assert "lets 1 of its pods go, but 2 would" in "\n".join(plan.refusals)


@pytest.mark.kubernetes
def test_the_pod_that_seatrial_runs_in_is_never_hit(
    shop: KubeNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = metadata(shop.all("Pod", "app=web")[0])
    monkeypatch.setenv(OWN_POD, own["uid"])
    pods: dict[str, JsonValue] = {"kind": "Pod", "namespace": shop.name, "name": own["name"]}
    assert planned(tmp_path, "pod.delete", pods).faults[0].population == 0
    plan = planned(tmp_path, "policy.isolate", {"kind": "Deployment", "namespace": shop.name})
    assert (
        f"policy.isolate would hit pod {shop.name}/{own['name']}: Seatrial itself runs in it" in plan.refusals
    )
