"""The probe kubernetes_usage, asked of an API that serves what metrics-server would."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from seatrial.pack import load_packs
from seatrial.probe import Probe
from seatrial.reading import Unknown, Value
from seatrial.testing.fake_kubernetes import FakeKubernetes

pytestmark = pytest.mark.anyio
PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"


@pytest.fixture
def cluster() -> Iterator[FakeKubernetes]:
    with FakeKubernetes() as cluster:
        yield cluster


@pytest.fixture
def usage(cluster: FakeKubernetes, tmp_path: Path) -> Any:
    def make(**keys: Any) -> Probe:
        file = tmp_path / "kubeconfig"
        context = {"name": "it", "context": {"cluster": "it", "user": "me"}}
        given = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "it", "cluster": {"server": cluster.url}}],
            "users": [{"name": "me", "user": {}}],
            "contexts": [context],
            "current-context": "it",
        }
        YAML().dump(given, file)
        keys = {"kubeconfig": str(file), "namespace": "shop", "pods": {"app": "web"}, **keys}
        return load_packs().probes["kubernetes_usage"].model_validate(keys)

    return make


def measured(name: str, cpu: str, memory: str, at: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    """As metrics-server writes it, with a container beside the one that matters."""
    beside = {"name": "proxy", "usage": {"cpu": "10m", "memory": "1Mi"}}
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
        "timestamp": at,
        "window": "15.065s",
        "containers": [{"name": "web", "usage": {"cpu": cpu, "memory": memory}}, beside],
    }


async def test_what_pods_use(cluster: FakeKubernetes, usage: Any) -> None:
    cluster.add(PODS, measured("a", "240500000n", "65536Ki"))
    cluster.add(PODS, measured("b", "1", "32Mi"))
    reading = await usage().read()
    assert isinstance(reading, Value)
    assert reading.values == pytest.approx(
        {"cpu_cores": 1.2605, "cpu_cores_max": 1.01, "memory_mib": 98.0, "memory_mib_max": 65.0, "count": 2}
    )
    alone = await usage(container="web").read()
    assert alone.values["memory_mib"] == 96.0
    nobody = await usage(pods={"app": "none"}).read()
    assert isinstance(nobody, Unknown)
    assert "nothing is measured of pods" in nobody.reason


async def test_nothing_is_said_twice_and_old_figures_are_none(
    cluster: FakeKubernetes, usage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.add(PODS, measured("a", "1", "32Mi"))
    async with usage().reader() as read:
        assert isinstance(await read(), Value)
        assert await read() is None
        cluster.add(PODS, measured("a", "2", "32Mi", at="2026-01-01T00:00:15Z"))
        again = await read()
        assert again.values["cpu_cores"] == 2.01
        later = time.monotonic() + 61.0
        monkeypatch.setattr(time, "monotonic", lambda: later)
        old = await read()
    assert isinstance(old, Unknown)
    assert old.reason == "nothing was measured for 61 s"


async def test_before_the_run(cluster: FakeKubernetes, usage: Any) -> None:
    cluster.groups.append("apps")
    (problem,) = (await usage().survey()).problems
    assert "serves no metrics.k8s.io: install metrics-server" in problem

    cluster.groups.append("metrics.k8s.io")
    cluster.add(PODS, measured("a", "1", "32Mi"))
    (problem,) = (await usage().survey()).problems
    assert problem == "missing the right to list pods.metrics.k8s.io in namespace shop"

    cluster.allows_all = True
    survey = await usage().survey()
    assert (survey.problems, survey.every_s) == ((), 15.065)
