"""rollout.probe: a release that never gets ready."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Field,
    JsonValue,
    KubernetesTarget,
    Lease,
    Patched,
    RollingOut,
    surroundings,
)


class RolloutProbe(RollingOut, Action[KubernetesTarget, Patched]):
    """Rolls out a readiness probe that always fails: a test of the rollout, and mostly no outage, for a
    rolling update stops at the first pod that does not get ready.
    """

    name: ClassVar[str] = "rollout.probe"
    needs: ClassVar[str] = "get, patch on deployments, list, delete on replicasets, list on pods"
    undo_in_words: ClassVar[str] = (
        "Put the template back, and delete the ReplicaSet of the probe: `rollout undo` will not find it."
    )

    port: int = Field(default=1, ge=1, le=65_535)
    """A port that nobody listens on: the probe tries to connect to it."""
    container: str | None = None
    """Which container, by name; without it the only one."""

    def template_edits(self, template: Any, lease: Lease) -> Iterable[Edit]:
        """One container's."""
        name = surroundings.container_of(template["spec"], self.container)["name"]
        probe: JsonValue = {"tcpSocket": {"port": self.port}, "periodSeconds": 1, "failureThreshold": 1}
        yield Edit(("spec", "containers", {"name": name}, "readinessProbe"), probe)

    def shows(self, pod: Any) -> bool:
        """A pod of the release that runs and is not ready."""
        seen = surroundings.statuses_of(pod)
        return any("running" in (one.get("state") or {}) and not one.get("ready") for one in seen)
