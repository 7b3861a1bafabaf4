"""service.selector: a service that finds none of its pods any more."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fatal,
    Fate,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Right,
    kube_rights,
    surroundings,
)


class ServiceSelector(Patching, Action[KubernetesTarget, Patched]):
    """Adds a label to a service's selector that no pod has: all its endpoints go, within milliseconds.

    The pods are as well as before; whoever calls the service finds nobody. What holds a connection open
    already may keep it.
    """

    name: ClassVar[str] = "service.selector"
    hits: ClassVar[tuple[str, ...]] = ("Service",)
    pods_are: ClassVar[Fate] = "cut off"
    needs: ClassVar[str] = "get, patch on services; list on endpointslices"
    undo_in_words: ClassVar[str] = (
        "Take the label out of the selector again; its endpoints are back within milliseconds."
    )

    @property
    def effect_within_s(self) -> float:
        """Until the controller has taken the endpoints away."""
        return 10.0

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """One key of our own: others may change theirs meanwhile."""
        if not found["spec"].get("selector"):
            raise Fatal("it has no selector: its endpoints are somebody's own, use service.endpoints")
        yield Edit(("spec", "selector", "seatrial.io/cut-off"), "true")

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """And to see the endpoints go."""
        yield from super().rights(target)
        yield from kube_rights.on_kind("EndpointSlice", target.object.namespace, "list")

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """No address is left to which it would send a request."""
        return surroundings.ready_endpoints(target.access, state.object) == 0
