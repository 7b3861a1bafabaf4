"""A ServiceAccount of a test, with the very roles that it is given, as an access to the cluster."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.rights import Right, missing
from seatrial.kube.roles import manifests
from seatrial.testing.kube_namespace import KubeNamespace

_TOKEN_S: Final = 3600


@contextmanager
def kube_account(
    namespace: KubeNamespace, rights: Iterable[Right], folder: Path, name: str = "seatrial"
) -> Iterator[Access]:
    """Whoever this is may do nothing else; roles of no namespace are removed at the end."""
    cluster = namespace.cluster
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    collection = KINDS["ServiceAccount"].collection(namespace.name)
    cluster.create(collection, account)
    wanted = list(rights)
    made = manifests(wanted, f"{namespace.name}-{name}", {"namespace": namespace.name, "name": name})
    paths: list[str] = []
    try:
        for manifest in made:
            kind, data = KINDS[manifest["kind"]], manifest["metadata"]
            cluster.create(kind.collection(data.get("namespace")), manifest)
            paths.append(kind.path(data.get("namespace"), data["name"]))
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": _SPEC}
        token = cluster.create(f"{collection}/{name}/token", asked)["status"]["token"]
        access = _with_token(namespace.access, token, folder / f"kubeconfig-{name}")
        namespace.until(lambda: not _missing(access, wanted))  # the server learns of roles by a watch
        yield access
    finally:
        for path in paths:
            cluster.delete(path)
        cluster.delete(f"{collection}/{name}")


def _missing(access: Access, rights: Iterable[Right]) -> list[Right]:
    cluster = cluster_at(access)
    return cluster.run(missing(cluster.client, rights))


_SPEC: Final[dict[str, Any]] = {"expirationSeconds": _TOKEN_S}


def _with_token(access: Access, token: str, file: Path) -> Access:
    """The same cluster, as whoever has the token."""
    yaml = YAML(typ="safe")
    config = yaml.load(Path(str(access.kubeconfig)).read_text())
    config["users"] = [{"name": one["name"], "user": {"token": token}} for one in config["users"]]
    with file.open("w") as to:
        yaml.dump(config, to)
    return access.model_copy(update={"kubeconfig": str(file)})
