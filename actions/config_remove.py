"""config.remove: keys that are missing in a ConfigMap or a Secret."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    ABSENT,
    Action,
    Configuring,
    Edit,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
)


class ConfigRemove(Configuring, Action[KubernetesTarget, Patched]):
    """Removes keys of a ConfigMap or a Secret. A pod that needs one does not start any more.

    Mounted files follow after 60 to 90 s, and so they do after the undo; those mounted by `subPath` never
    do. A Secret's own value stays in the Secret, under another key, and is read by nobody.
    """

    name: ClassVar[str] = "config.remove"
    needs: ClassVar[str] = "get, patch on the configmap or secret"
    undo_in_words: ClassVar[str] = (
        "Put the keys back; mounted files follow after 60 to 90 s, for which recovery waits."
    )

    keys: tuple[str, ...] = Field(min_length=1, max_length=100)
    """Which; each has to be there."""

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """Key by key: others may change theirs meanwhile."""
        for key in self.keys:
            yield self.edit(found, target, key, ABSENT)
