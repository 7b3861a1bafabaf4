"""Who is asked, and what is told where that does not work."""

from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.kube.access import Access, find_access
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
clusters: [{{name: one, cluster: {{server: "{server}"}}}}]
users: [{{name: me, user: {user}}}]
contexts: [{{name: here, context: {{cluster: one, user: me}}}}]
"""


def config(folder: Path, user: str = "{token: t}", server: str = "http://127.0.0.1:9") -> Access:
    file = folder / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=server, user=user))
    return Access(kubeconfig=str(file), timeout_s=2)


def test_no_cluster_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InvalidInput, match="no Kubernetes cluster is named") as told:
        find_access()
    assert "KUBECONFIG" in told.value.hint


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no kubeconfig at"),
        ("", "cannot be used"),
        ("{a: [", "cannot be used"),
        ("- 1", "cannot be used"),
        ("clusters: []\ncontexts: []\nusers: []\n", "current-context"),
    ],
    ids=["none", "empty", "yaml", "list", "bare"],
)
def test_a_kubeconfig_that_cannot_be_used(content: str | None, says: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InvalidInput, match=says):
        Cluster(Access(kubeconfig=str(file)))


def test_an_unknown_context_names_those_that_are_there(tmp_path: Path) -> None:
    access = config(tmp_path).model_copy(update={"context": "there"})
    with pytest.raises(InvalidInput, match="there") as told:
        Cluster(access)
    assert told.value.hint == "its contexts are here"


def test_a_plugin_that_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    call = 'command: sh, args: ["-c", "echo no luck >&2; exit 3"]'
    plugin = f"{{exec: {{apiVersion: client.authentication.k8s.io/v1, {call}}}}}"
    with pytest.raises(InvalidInput, match=r"context 'here' gives no credentials: .*no luck"):
        Cluster(config(tmp_path, plugin))


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    cluster = Cluster(config(tmp_path))
    with pytest.raises(KubeError, match="the cluster could not be asked: connection refused") as told:
        cluster.get("/version")
    assert told.value.is_worth_another_try
    cluster.close()


@pytest.mark.kubernetes
def test_all_of_a_collection_comes_page_by_page(kube_access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(kube_access)
    monkeypatch.setattr("seatrial.kube.cluster._PAGE", 1)
    namespaces = [one["metadata"]["name"] for one in cluster.list_all("/api/v1/namespaces")]
    assert {"default", "kube-system"} <= set(namespaces)
    assert len(namespaces) == len(set(namespaces))
    assert cluster.find("/api/v1/namespaces/there-is-none") is None
    cluster.close()
