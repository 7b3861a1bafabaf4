"""Which objects are chosen: at random, evenly over groups, or out of one group."""

from typing import Any

import pytest

from seatrial.kube.access import Access
from seatrial.kube.ref import Ref
from seatrial.targets.kubernetes import KubernetesSelector
from seatrial.targets.selector import Selector
from seatrial.targets.target import KubernetesTarget, Target
from seatrial.testing.kube_namespace import KubeNamespace, deployment


def nodes(zones: str) -> list[Target]:
    """A node for each letter, which is its zone."""
    return [
        KubernetesTarget(access=Access(), object=Ref(kind="Node", name=f"n{n}", uid=f"u{n}"), zone=zone)
        for n, zone in enumerate(zones)
    ]


def selector(**keys: Any) -> Selector:
    return Selector(kubernetes=KubernetesSelector.model_validate({"kind": "Node", **keys}))


def chosen(selector: Selector, population: list[Target], count: int, seed: str = "1") -> list[str]:
    """The zones of those that are hit."""
    eligible = selector.eligible(population, seed)
    hit = selector.choose(eligible, count, seed)
    return [one.zone or "" for one in hit if isinstance(one, KubernetesTarget)]


def test_the_same_seed_chooses_the_same() -> None:
    population = nodes("aabbcc")
    assert chosen(selector(), population, 3) == chosen(selector(), population, 3)
    picked = {tuple(chosen(selector(), population, 3, str(seed))) for seed in range(20)}
    assert len(picked) > 5


def test_spread_takes_every_zone_once_before_any_twice() -> None:
    for seed in range(10):
        zones = chosen(selector(spread="zone"), nodes("aaaabbc"), 4, str(seed))
        assert set(zones[:3]) == {"a", "b", "c"}


def test_together_takes_all_out_of_one_zone_and_counts_in_it() -> None:
    population = nodes("aaabb")
    for seed in range(10):
        eligible = selector(together="zone").eligible(population, str(seed))
        zones = chosen(selector(together="zone"), population, len(eligible), str(seed))
        assert len(set(zones)) == 1
        assert len(zones) == {"a": 3, "b": 2}[zones[0]]
    assert selector(together="zone").eligible([], "1") == []


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"namespace": "n"}, "is in no namespace"),
        ({"kind": "Pod"}, "say which, as `namespace: shop`"),
        ({"owner": "Deployment/web"}, "`owner` selects pods"),
        ({"kind": "Pod", "namespace": "n", "owner": "web"}, "write it as `Deployment/web`"),
        ({"kind": "Service", "namespace": "n", "zone": "a"}, "`zone` selects pods and nodes"),
        ({"spread": "zone", "together": "zone"}, "are opposites"),
        ({"kind": "Pod", "namespace": "n", "running": {"namespace": "n", "labels": "a=b"}}, "selects nodes"),
    ],
    ids=["namespace", "nowhere", "owner", "what owner", "zone", "both", "running"],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        KubernetesSelector.model_validate({"kind": "Node", **keys})


@pytest.mark.kubernetes
@pytest.mark.timeout(180)
def test_nodes_by_what_runs_on_them(namespace: KubeNamespace) -> None:
    namespace.add(deployment("web"))
    namespace.until(lambda: namespace.ready("web") == 1, 120)
    (pod,) = namespace.all("Pod", "app=web")
    where = {"namespace": namespace.name, "labels": {"app": "web"}}
    keys = {"kubeconfig": namespace.access.kubeconfig, "kind": "Node"}
    (found,) = KubernetesSelector.model_validate({**keys, "running": where}).population()
    assert isinstance(found, KubernetesTarget)
    assert found.object.name == pod["spec"]["nodeName"]
    nobody = {**where, "labels": "app=none"}
    assert KubernetesSelector.model_validate({**keys, "running": nobody}).population() == []
