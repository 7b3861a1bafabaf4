"""workload.unschedulable: replicas that find no node."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    KubernetesTarget,
    Lease,
    Patched,
    RollingOut,
    surroundings,
)


class WorkloadUnschedulable(RollingOut, Action[KubernetesTarget, Patched]):
    """Rolls out a node selector that no node fulfils: new pods stay pending. A rolling update stops there:
    the pods that are ready stay, and one that is lost comes back of the former template.
    """

    name: ClassVar[str] = "workload.unschedulable"
    needs: ClassVar[str] = "get, patch on deployments, list, delete on replicasets, list on pods"
    undo_in_words: ClassVar[str] = (
        "Put the template back, and delete the ReplicaSet of it; the pending pods go with it."
    )

    def template_edits(self, template: Any, lease: Lease) -> Iterable[Edit]:
        """A label that nobody gives to a node."""
        yield Edit(("spec", "nodeSelector", "seatrial.io/nowhere"), "true")

    def shows(self, pod: Any) -> bool:
        """A pod for which the scheduler has found no node."""
        return surroundings.is_unschedulable(pod)
