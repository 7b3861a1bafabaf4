"""service.selector: a service that finds none of its pods any more."""

from collections.abc import Iterable
from typing import ClassVar

from seatrial.api import Action, Edit, Fate, JsonValue, KubernetesTarget, Lease, Patched, Patching


class ServiceSelector(Patching, Action[KubernetesTarget, Patched]):
    """Adds a label to a service's selector that no pod has: all its endpoints go, within milliseconds.

    The pods are as well as before; whoever calls the service finds nobody. What holds a connection open
    already may keep it.
    """

    name: ClassVar[str] = "service.selector"
    hits: ClassVar[tuple[str, ...]] = ("Service",)
    pods_are: ClassVar[Fate] = "cut off"
    needs: ClassVar[str] = "get, patch on services"

    def edits(self, found: JsonValue, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """One key of our own: others may change theirs meanwhile."""
        yield Edit(("spec", "selector", "seatrial.io/cut-off"), "true")

    def undo(self, target: KubernetesTarget, state: Patched) -> None:
        """Take the label out of the selector again; its endpoints are back within milliseconds."""
        super().undo(target, state)
