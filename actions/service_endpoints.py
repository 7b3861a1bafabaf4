"""service.endpoints: the addresses behind a service without a selector, all of them gone."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fatal,
    Fate,
    FaultError,
    JsonValue,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Ref,
    Right,
    kube_asking,
    kube_rights,
    surroundings,
)


class ServiceEndpoints(Patching, Action[KubernetesTarget, Patched]):
    """Says that none of the addresses is ready that somebody has entered for a service without a selector: a
    database or another service outside of the cluster, which is lost to its callers.

    With a selector the cluster itself enters the addresses, and would put them right at once: use
    `service.selector` for all of them, `pod.isolate` for some.
    """

    name: ClassVar[str] = "service.endpoints"
    hits: ClassVar[tuple[str, ...]] = ("Service",)
    pods_are: ClassVar[Fate] = "cut off"
    needs: ClassVar[str] = "list, get, patch on endpointslices"
    undo_in_words: ClassVar[str] = "Say again of each address what was said of it before."

    def subject(self, target: KubernetesTarget) -> Ref:
        """Its EndpointSlice, of which it has to have exactly one, and by hand."""
        with kube_asking():
            slices = surroundings.slices_of(target.access, target.object)
        if len(slices) != 1:
            raise Fatal(f"it has {len(slices)} EndpointSlices, and has to have one")
        if (by := surroundings.manager_of(slices[0])).endswith("controller.k8s.io"):
            raise Fatal(f"{by} enters its addresses, and would put them right at once: use service.selector")
        return surroundings.ref_of("EndpointSlice", slices[0])

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """All in one list, which stays as long as it was."""
        if not found.get("endpoints"):
            raise Fatal("it has no addresses")
        lost: JsonValue = {"ready": False, "serving": False, "terminating": False}
        yield Edit(("endpoints",), [{**one, "conditions": lost} for one in found["endpoints"]])

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To find the slice and to change it."""
        yield from kube_rights.on_kind("EndpointSlice", target.object.namespace, "list")
        try:
            yield from super().rights(target)
        except FaultError:
            return  # there is none, or it cannot be seen: told beside this
