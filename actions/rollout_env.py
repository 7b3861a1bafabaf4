"""rollout.env: a release with another environment."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    Place,
    RollingOut,
    surroundings,
)


class RolloutEnv(RollingOut, Action[KubernetesTarget, Patched]):
    """Rolls out other environment variables: a wrong address of a dependency, a flag. It is a test of the
    rollout: pods that do not get ready with it stop a rolling update, others take over the traffic.
    """

    name: ClassVar[str] = "rollout.env"
    needs: ClassVar[str] = "get, patch on deployments, list, delete on replicasets, list on pods"
    undo_in_words: ClassVar[str] = (
        "Put the template back, and delete the ReplicaSet of it: `rollout undo` will not find it."
    )

    variables: dict[str, str] = Field(min_length=1, max_length=100)
    """Variables with the values that they get. They stand in the template for all to read who may read it."""
    container: str | None = None
    """Which container, by name; without it the only one."""

    def template_edits(self, template: Any, lease: Lease) -> Iterable[Edit]:
        """Each variable where it stands, or at the end."""
        name = surroundings.container_of(template["spec"], self.container)["name"]
        for variable, value in self.variables.items():
            place: Place = ("spec", "containers", {"name": name}, "env", {"name": variable})
            yield Edit(place, {"name": variable, "value": value})

    def shows(self, pod: Any) -> bool:
        """A pod with these variables has started."""
        return any(map(surroundings.is_past_its_start, surroundings.statuses_of(pod)))
