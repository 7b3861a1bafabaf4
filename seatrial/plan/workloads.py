"""The workloads that a plan touches in a cluster, read before and watched after."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import metadata
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right, on, on_kind
from seatrial.kube.states import of_workload
from seatrial.model.base import Model
from seatrial.plan.reach import Workload

JUDGED: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
"""The kinds that say how many ready pods they want. A Job has none by itself."""


class Collection(Model):
    """Workloads of one kind and namespace: what one watch sees."""

    access: Access
    kind: str
    namespace: str | None
    names: tuple[str, ...]

    @property
    def path(self) -> str:
        return KINDS[self.kind].collection(self.namespace)

    @property
    def query(self) -> dict[str, str]:
        """Narrow where it is one: then the right to it can be as narrow."""
        return {"fieldSelector": f"metadata.name={self.names[0]}"} if len(self.names) == 1 else {}

    def rights(self) -> list[Right]:
        """To see them, before and after."""
        if len(self.names) > 1:
            return on_kind(self.kind, self.namespace, "list", "watch")
        return on(Ref(kind=self.kind, namespace=self.namespace, name=self.names[0], uid=""), "list", "watch")


def collections_of(workloads: Iterable[tuple[Access, str, str | None, str]]) -> list[Collection]:
    """By access, kind, namespace and name; each once."""
    found: dict[tuple[Access, str, str | None], dict[str, None]] = {}
    for access, kind, namespace, name in workloads:
        found.setdefault((access, kind, namespace), {})[name] = None
    return [
        Collection(access=access, kind=kind, namespace=namespace, names=tuple(names))
        for (access, kind, namespace), names in found.items()
    ]


def watched(workloads: Sequence[Workload]) -> list[Collection]:
    """What has to be watched to see all of them."""
    return collections_of(
        (one.access, one.object.kind, one.object.namespace, one.object.name) for one in workloads
    )


def read(collections: Iterable[Collection]) -> Iterator[Workload]:
    """As they are now; raises KubeError."""
    for some in collections:
        by_name = {
            metadata(one)["name"]: one for one in cluster_at(some.access).list_all(some.path, **some.query)
        }
        yield from (_workload(some, by_name[name]) for name in some.names if name in by_name)


def _workload(where: Collection, found: Json) -> Workload:
    state, data = of_workload([found]) or {}, metadata(found)
    one = Ref(kind=where.kind, namespace=where.namespace, name=data["name"], uid=data["uid"])
    return Workload(
        access=where.access,
        object=one,
        ready=int(state["ready"] or 0),
        rolled_out=bool(state["rolled_out"]),
    )
