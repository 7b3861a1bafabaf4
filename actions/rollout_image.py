"""rollout.image: a release whose image is no good."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    RollingOut,
    surroundings,
)


class RolloutImage(RollingOut, Action[KubernetesTarget, Patched]):
    """Rolls out another image: a test of the rollout, and mostly no outage, for a rolling update stops at the
    first pod that does not get ready. For an outage hit the pods by `pod.image`.
    """

    name: ClassVar[str] = "rollout.image"
    needs: ClassVar[str] = "get, patch on deployments, list, delete on replicasets, list on pods"
    undo_in_words: ClassVar[str] = (
        "Put the template back, and delete the ReplicaSet of the image: `rollout undo` will not find it."
    )

    image: str = Field(default="seatrial.invalid/no-such-image:1", min_length=1, max_length=500)
    """What is rolled out; the usual one is to be had nowhere."""
    container: str | None = None
    """Which container, by name; without it the only one."""

    def template_edits(self, template: Any, lease: Lease) -> Iterable[Edit]:
        """One container's."""
        name = surroundings.container_of(template["spec"], self.container)["name"]
        yield Edit(("spec", "containers", {"name": name}, "image"), self.image)

    def shows(self, pod: Any) -> bool:
        """A pod of the release that does not start, crashes, or runs the image."""
        return any(map(surroundings.is_past_its_start, surroundings.statuses_of(pod)))
