"""What is wrong with a cluster or a selector is told in seconds, and nothing is touched."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import JsonValue

from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.objects import metadata
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment, kube_namespace, through
from seatrial.testing.relay import Relay
from tests.cli.conftest import Run, Said

LONGEST_S = 30.0
"""A request is given ten; the first test also pays for all that is imported."""
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: one, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {token: t}}]
contexts: [{name: here, context: {cluster: one, user: me}}]
"""
Told = Callable[..., Said]


@pytest.fixture
def told(run: Run, tmp_path: Path) -> Told:
    """`told(access, ...)`: what `seatrial run` says of deleting the pods that such a selector means."""

    def told(access: Access, stage: JsonValue = 1, **selector: JsonValue) -> Said:
        chosen: dict[str, JsonValue] = {"kind": "Pod", "namespace": "shop", **selector}
        chosen |= {"kubeconfig": access.kubeconfig, **({"context": access.context} if access.context else {})}
        given = {
            "title": "Wrong",
            "hypothesis": "It is told.",
            "slis": {"it": {"tcp": "127.0.0.1:1", "objective": "open == true"}},
            "faults": [
                {"action": "pod.delete", "targets": {"kubernetes": chosen}, "stages": [stage], "for": "9 s"}
            ],
            "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        }
        file = tmp_path / "experiment.json"
        file.write_text(json.dumps(given))
        began = time.monotonic()
        said = run("run", file, "--runs", tmp_path / "runs")
        assert time.monotonic() - began < LONGEST_S
        assert not list((tmp_path / "runs").glob("*/journal.jsonl")), "a run was begun"
        return said

    return told


@pytest.fixture
def nobody(tmp_path: Path) -> Access:
    """A kubeconfig for a port at which nobody listens."""
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    return Access(kubeconfig=str(file))


@pytest.fixture(scope="module")
def shop(kube_access: Access) -> Iterator[KubeNamespace]:
    """Two pods that nobody may touch."""
    with kube_namespace(kube_access) as namespace:
        namespace.add(deployment("web", replicas=2))
        namespace.until(lambda: namespace.ready("web") == 2, 180)
        before = sorted(metadata(pod)["uid"] for pod in namespace.all("Pod"))
        yield namespace
        assert sorted(metadata(pod)["uid"] for pod in namespace.all("Pod")) == before


def test_an_unknown_context(told: Told, nobody: Access) -> None:
    said = told(nobody.model_copy(update={"context": "there"}))
    assert (said.code, said.out) == (2, "")
    assert "there" in said.err
    assert "its contexts are here" in said.err


def test_no_such_kubeconfig(told: Told) -> None:
    said = told(Access(kubeconfig="/none/config"))
    assert said.code == 2
    assert "there is no kubeconfig at /none/config" in said.err


def test_nobody_answers(told: Told, nobody: Access) -> None:
    said = told(nobody)
    assert said.code == 2
    where = f"the current context of {nobody.kubeconfig}"
    assert f"Pod objects of {where} cannot be selected" in said.err
    assert "connection refused" in said.err
    assert "is the cluster up, and is this the right context?" in said.err


@pytest.mark.slow
@pytest.mark.kubernetes
def test_an_api_that_says_nothing(told: Told, kube_access: Access, tmp_path: Path) -> None:
    server = urlsplit(cluster_at(kube_access).server)
    with Relay(server.hostname or "", server.port or 443) as relay:
        relay.fall_silent()
        said = told(through(kube_access, relay.port, tmp_path))
    assert said.code == 2
    assert "did not answer within 10 s" in said.err


@pytest.mark.kubernetes
def test_credentials_that_have_ended(told: Told, shop: KubeNamespace, tmp_path: Path) -> None:
    with kube_account(shop, (), tmp_path, "gone") as account:
        pass  # a token ends with its account
    said = told(account, namespace=shop.name)
    assert said.code == 3
    assert "its credentials are not taken, or have ended: log in again" in said.err


@pytest.mark.kubernetes
def test_no_right_to_look(told: Told, shop: KubeNamespace, tmp_path: Path) -> None:
    with kube_account(shop, (), tmp_path) as account:
        said = told(account, namespace=shop.name)
    assert said.code == 3
    assert "is forbidden" in said.err
    assert "seatrial plan --rbac" in said.err


@pytest.mark.kubernetes
def test_a_namespace_that_is_not_there(told: Told, kube_access: Access) -> None:
    said = told(kube_access, namespace="there-is-none")
    assert said.code == 2
    assert "there is no namespace 'there-is-none'" in said.err


@pytest.mark.kubernetes
@pytest.mark.parametrize(
    ("stage", "selector", "says"),
    [
        (1, {"labels": "app=nobody"}, "the selector matches no Pod in namespace"),
        ("100%", {}, "2 targets would be hit at once, but max_targets is 1"),
    ],
    ids=["nothing", "everything"],
)
def test_a_selector_that_matches(
    stage: JsonValue, selector: dict[str, JsonValue], says: str, told: Told, shop: KubeNamespace
) -> None:
    said = told(shop.access, stage, namespace=shop.name, **selector)
    assert said.code == 3
    assert says in said.err


@pytest.mark.kubernetes
def test_labels_that_are_none(told: Told, shop: KubeNamespace) -> None:
    said = told(shop.access, namespace=shop.name, labels="app in web")
    assert said.code == 2
    assert "mend `kind`, `namespace`, `labels` or `fields`" in said.err
