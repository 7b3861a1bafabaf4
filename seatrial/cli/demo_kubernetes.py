"""`seatrial demo --kubernetes`: the shop in a namespace of its own, an experiment on it, and nothing left."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seatrial.cli.console import tell
from seatrial.errors import Refused
from seatrial.kube.access import Access, find_access
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.shop.manifests import FRONT, PORT, REPLICA, manifests

if TYPE_CHECKING:
    from seatrial.kube.cluster import Cluster

_WITHIN_S: Final = 180.0


@contextmanager
def shop_on_kubernetes(context: str | None, image: str, *, fragile: bool) -> Iterator[dict[str, str]]:
    """The shop, ready; gives what experiments have variables for. Its namespace is gone at the end.

    Raises InvalidInput or Refused where the cluster cannot be asked, or the shop does not get ready.
    """
    from seatrial.kube.cluster import cluster_at

    access = find_access(context=context)
    name = f"seatrial-shop-{secrets.token_hex(3)}"
    try:
        cluster = cluster_at(access)
        cluster.create(KINDS["Namespace"].collection(), _namespace(name))
    except KubeError as error:
        raise Refused(f"a namespace for the shop cannot be made on {access.label}: {error}") from None
    try:
        tell(f"shop: in namespace {name} of {access.label}, {cluster.server}")
        _install(cluster, access, name, image, fragile=fragile)
        yield {"namespace": name, "shop": f"http://{FRONT}.{name}:{PORT}", "image": image}
    finally:
        _remove(cluster, name)


def _namespace(name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "seatrial-shop"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _install(cluster: "Cluster", access: Access, namespace: str, image: str, *, fragile: bool) -> None:
    import anyio

    try:
        for manifest in manifests(image, fragile=fragile):
            cluster.create(KINDS[manifest["kind"]].collection(namespace), manifest)
    except KubeError as error:
        raise Refused(f"the shop cannot be made: {error}") from None
    for name in (REPLICA, FRONT):
        if not anyio.run(_rolled_out, access, namespace, name):
            raise Refused(
                f"{name} did not get ready within {_WITHIN_S:g} s: {_waiting(cluster, namespace)}",
                f"can the cluster's nodes get the image {image}? Name it by SEATRIAL_IMAGE or --image",
            )


async def _rolled_out(access: Access, namespace: str, name: str) -> bool:
    """Waits for it by a watch; False where it is not in time."""
    import anyio

    from seatrial.kube import states
    from seatrial.kube.client import connect
    from seatrial.kube.reflector import Reflector, Unseen

    query = {"fieldSelector": f"metadata.name={name}"}
    path = KINDS["Deployment"].collection(namespace)
    async with connect(access) as client, anyio.create_task_group() as tasks:
        reflector = Reflector(client, path, query)
        tasks.start_soon(reflector.run)
        done = False
        with anyio.move_on_after(_WITHIN_S):
            while not done:
                try:
                    seen = states.of_workload(reflector.objects())
                    done = seen is not None and seen["rolled_out"] is True and bool(seen["ready"])
                except Unseen:
                    pass
                if not done:
                    await reflector.changed()
        tasks.cancel_scope.cancel()
    return done


def _waiting(cluster: "Cluster", namespace: str) -> str:
    from seatrial.kube import states

    told = states.of_pods(cluster.list_all(KINDS["Pod"].collection(namespace)))
    return str(told["waiting"] or f"{told['ready']} of {told['count']} pods are ready")


def _remove(cluster: "Cluster", name: str) -> None:
    try:
        cluster.delete(KINDS["Namespace"].path(None, name))
    except KubeError as error:
        tell(f"namespace {name} could not be removed: {error}; kubectl delete namespace {name}")


def needs_kubernetes(path: Path) -> bool:
    """Whether a shipped experiment is for a cluster."""
    return path.stem.startswith("kubernetes_")
