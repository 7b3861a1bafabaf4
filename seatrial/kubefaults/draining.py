"""Emptying a node: which of its pods go, which are left, and why it must not be."""

import threading
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from seatrial.errors import Fatal
from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_finished, is_static, labels, metadata, owner
from seatrial.kube.ref import Ref
from seatrial.kubefaults.acting import present
from seatrial.kubefaults.evicting import ask_to_evict, budget_in
from seatrial.kubefaults.marking import Patched

_LOOK_AGAIN_S: Final = 0.5
_NAMED_MAX: Final = 5


class Drained(Patched):
    """The cordon, and the pods that were to go."""

    pods: tuple[Ref, ...] = ()


class Emptying(NamedTuple):
    """What of a node's pods may go."""

    namespaces: Collection[str]
    """Whose pods go; empty: those of every namespace but the cluster's own."""
    empty_dirs: bool
    """Also pods that keep something on the node, which is lost."""
    jobs: bool
    """Also pods of Jobs, which may give up over it."""

    def goes(self, pod: Json) -> bool:
        """Left where they are: those of DaemonSets, which would be back at once, and a run's own."""
        if is_finished(pod) or is_static(pod) or marks.OWN in labels(pod):
            return False
        above, namespace = owner(pod), metadata(pod)["namespace"]
        if above is not None and above.kind == "DaemonSet":
            return False
        return namespace in self.namespaces if self.namespaces else namespace not in marks.SYSTEM_NAMESPACES

    def why_not(self, pods: Iterable[Json]) -> str | None:
        """What would be lost with these pods, or None."""
        found = [f"{_name(pod)} {why}" for pod in pods if (why := self._loss(pod))]
        more = f" and {len(found) - _NAMED_MAX} more" if len(found) > _NAMED_MAX else ""
        return "; ".join(found[:_NAMED_MAX]) + more if found else None

    def _loss(self, pod: Json) -> str:
        above = owner(pod)
        if above is None:
            return "has no owner that would bring it back"
        if above.kind == "Job" and not self.jobs:
            return "is of a Job, which may give up over it (`jobs: true`)"
        keeps = any("emptyDir" in volume for volume in (pod.get("spec") or {}).get("volumes") or ())
        if keeps and not self.empty_dirs:
            return "has an emptyDir, whose content is lost (`empty_dirs: true`)"
        return ""


def pods_on(access: Access, node: str) -> list[Json]:
    """All that is on a node. Raises KubeError."""
    return cluster_at(access).list_all(KINDS["Pod"].collection(), fieldSelector=f"spec.nodeName={node}")


def as_ref(pod: Json) -> Ref:
    """The pod, and no other of its name."""
    data = metadata(pod)
    return Ref(kind="Pod", namespace=data["namespace"], name=data["name"], uid=data["uid"])


def evict_all(access: Access, pods: Sequence[Ref], grace_s: float | None, within_s: float) -> None:
    """Have all of them gone, as fast as their budgets allow; raises Fatal where time is over, KubeError."""
    give_up_s = time.monotonic() + within_s
    waiting, going, said = list(pods), list[Ref](), ""
    while waiting or going:
        refused: list[Ref] = []
        for pod in waiting:
            answer = _evict(access, pod, grace_s)
            said = answer or said
            (refused if answer else going).append(pod)
        waiting = refused
        going = [pod for pod in going if present(access, pod) is not None]
        if (waiting or going) and time.monotonic() > give_up_s:
            names = ", ".join(f"{pod.namespace}/{pod.name}" for pod in [*waiting, *going][:_NAMED_MAX])
            why = f": {said}" if waiting else ", for their grace is longer"
            raise Fatal(f"not drained within {within_s:g} s: {names} still there{why}")
        if waiting or going:
            threading.Event().wait(_LOOK_AGAIN_S)


def are_gone(access: Access, pods: Iterable[Ref]) -> bool:
    """Whether none of them is there any more. Raises KubeError."""
    return all(present(access, pod) is None for pod in pods)


def _evict(access: Access, pod: Ref, grace_s: float | None) -> str:
    """Why a budget does not let it go just now; empty where it goes."""
    try:
        ask_to_evict(access, pod, grace_s)
    except KubeError as error:
        if (said := budget_in(error)) is not None:
            return said
        if not (error.is_gone or error.status == 409):
            raise
    return ""


def _name(pod: Json) -> str:
    return f"pod {metadata(pod)['namespace']}/{metadata(pod)['name']}"
