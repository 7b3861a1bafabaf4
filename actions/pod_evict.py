"""pod.evict: a pod that is asked to go, as a node's drain or an autoscaler would."""

from collections.abc import Iterable
from typing import ClassVar

from seatrial.api import (
    Action,
    Duration,
    Ending,
    Fate,
    Field,
    KubernetesTarget,
    Right,
    WasReady,
    evict_pod,
    kube_rights,
)


class PodEvict(Ending, Action[KubernetesTarget, WasReady]):
    """Evicts a pod by the API that respects disruption budgets: where one does not allow it, nothing happens,
    and the run is inconclusive.

    It cannot be undone: that the owner has as many ready pods as before is asserted instead, as part of the
    recovery.
    """

    name: ClassVar[str] = "pod.evict"
    pods_are: ClassVar[Fate] = "evicted"
    needs: ClassVar[str] = "get, list on pods, create on pods/eviction, get on their owners"

    grace: Duration | None = Field(default=None, ge=1, le=3600)
    """How long its processes may take to end; without it what the pod itself says."""

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To evict the pod as well."""
        yield from super().rights(target)
        yield from kube_rights.on(target.object, "create", subresource="eviction")

    def refusal(self, target: KubernetesTarget) -> str | None:
        """An evicted pod counts as failed, and a Job may give up over it."""
        if (target.workload or "").startswith("Job/"):
            return "a Job takes an evicted pod for a failed one, and may give up for good: use `pod.delete`"
        return super().refusal(target)

    def end(self, target: KubernetesTarget) -> bool:
        """By uid: another pod may have got its name meanwhile."""
        return evict_pod(target.access, target.object, self.grace)
