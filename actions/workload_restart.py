"""workload.restart: all pods of a Deployment are replaced, and once more when it is undone."""

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


class WorkloadRestart(RollingOut, Action[KubernetesTarget, Patched]):
    """Restarts the rollout of a Deployment, as `kubectl rollout restart` does: all its pods are replaced.

    A sound service loses no request over it. Undo replaces them once more, for the template is as before.
    """

    name: ClassVar[str] = "workload.restart"
    needs: ClassVar[str] = "get, patch on deployments, list, delete on replicasets, list on pods"
    undo_in_words: ClassVar[str] = (
        "Put the template back, which replaces all pods once more, and delete the restart's ReplicaSet."
    )

    def template_edits(self, template: Any, lease: Lease) -> Iterable[Edit]:
        """None but the mark, which every rollout test sets: any annotation is a new template."""
        return ()

    def shows(self, pod: Any) -> bool:
        """A new pod runs."""
        return any("running" in (one.get("state") or {}) for one in surroundings.statuses_of(pod))
