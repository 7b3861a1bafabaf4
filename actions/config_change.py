"""config.change: other values in a ConfigMap or a Secret."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Configuring,
    Edit,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
)


class ConfigChange(Configuring, Action[KubernetesTarget, Patched]):
    """Changes values of a ConfigMap or a Secret: a wrong address, a password that was rotated.

    Who reads it at the start sees it at the next start. Mounted files follow after 60 to 90 s, and so they
    do after the undo; those mounted by `subPath` never do. A Secret's own value stays in the Secret, under
    another key, and is read by nobody.
    """

    name: ClassVar[str] = "config.change"
    needs: ClassVar[str] = "get, patch on the configmap or secret"
    undo_in_words: ClassVar[str] = (
        "Set the former values again; mounted files follow after 60 to 90 s, for which recovery waits."
    )

    data: dict[str, str] = Field(min_length=1, max_length=100)
    """Keys with the values that they get; each has to be there already."""

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """Key by key: others may change theirs meanwhile."""
        for key, value in self.data.items():
            yield self.edit(found, target, key, value)
