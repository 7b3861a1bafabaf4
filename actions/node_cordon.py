"""node.cordon: a node that takes no new pods."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fate,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
)


class NodeCordon(Patching, Action[KubernetesTarget, Patched]):
    """Marks a node as unschedulable, as `kubectl cordon` does: its pods stay, new ones go elsewhere.

    With `together: zone` and `stages: [100%]` a whole zone takes nothing new.
    """

    name: ClassVar[str] = "node.cordon"
    hits: ClassVar[tuple[str, ...]] = ("Node",)
    pods_are: ClassVar[Fate] = "spared"
    needs: ClassVar[str] = "get, patch on nodes"
    undo_in_words: ClassVar[str] = "Let the node take pods again; those that went elsewhere stay there."

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """The cluster itself adds a taint to it, and takes that away again."""
        yield Edit(("spec", "unschedulable"), value=True)
