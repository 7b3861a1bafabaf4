"""pod.delete: a pod that is taken away, and nobody is asked."""

from collections.abc import Iterable
from math import ceil
from typing import ClassVar

from seatrial.api import (
    Action,
    Duration,
    Ending,
    Field,
    KubernetesTarget,
    Right,
    WasReady,
    cluster_at,
    kube_rights,
)


class PodDelete(Ending, Action[KubernetesTarget, WasReady]):
    """Deletes a pod, as `kubectl delete pod` does; disruption budgets are not asked by the cluster.

    It is the mildest way to lose a pod: it leaves its services before its processes are told to end. For
    a crash hit its processes. It cannot be undone: that the owner has as many ready pods as before is
    asserted instead, as part of the recovery.
    """

    name: ClassVar[str] = "pod.delete"
    needs: ClassVar[str] = "get, list, delete on pods, get on their owners"

    grace: Duration | None = Field(default=None, ge=0, le=3600)
    """How long its processes may take to end; without it what the pod itself says. `0 s`: the pod is struck
    off at once, whether they have ended or not."""

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To delete the pod as well."""
        yield from super().rights(target)
        yield from kube_rights.on(target.object, "delete")

    def refusal(self, target: KubernetesTarget) -> str | None:
        """Two pods of a StatefulSet under one name may spoil what they both write."""
        if self.grace == 0 and (target.workload or "").startswith("StatefulSet/"):
            return "without a grace a StatefulSet may run two pods of one name: write `grace: 1 s` or more"
        return super().refusal(target)

    def end(self, target: KubernetesTarget) -> bool:
        """By uid: another pod may have got its name meanwhile."""
        grace = {} if self.grace is None else {"gracePeriodSeconds": ceil(self.grace)}
        return cluster_at(target.access).delete(target.object.path, target.object.uid, **grace)
