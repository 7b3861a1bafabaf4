"""node.taint: a node that keeps pods off, or sends them away."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

from seatrial.api import (
    Action,
    Edit,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    surroundings,
)


class NodeTaint(Patching, Action[KubernetesTarget, Patched]):
    """Adds a taint to a node: pods that do not tolerate it are not put there, and with `NoExecute` those that
    run there are deleted, without a look at disruption budgets. For one that respects them use `node.drain`.
    """

    name: ClassVar[str] = "node.taint"
    hits: ClassVar[tuple[str, ...]] = ("Node",)
    needs: ClassVar[str] = "get, patch on nodes"
    undo_in_words: ClassVar[str] = (
        "Take the taint away, or give it its former value; pods that went elsewhere stay there."
    )

    key: str = Field(default="seatrial.io/fault", min_length=1, max_length=253)
    """What pods would have to tolerate."""
    value: str = Field(default="true", max_length=63)
    """Its value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"
    """What becomes of pods that do not tolerate it."""

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Any]) -> Iterable[Any]:
        """None, unless they are sent away."""
        if self.effect != "NoExecute":
            return ()
        return [pod for pod in pods if not surroundings.tolerates(pod, self.key, self.value)]

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """By key and effect, wherever it stands: the node controller writes to the same list."""
        known_by: dict[str, str | int] = {"key": self.key, "effect": self.effect}
        yield Edit(("spec", "taints", known_by), {**known_by, "value": self.value})
