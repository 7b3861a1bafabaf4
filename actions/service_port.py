"""service.port: a service that sends to a port where nobody listens."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fatal,
    Fate,
    Field,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
    Right,
    kube_rights,
    surroundings,
)


class ServicePort(Patching, Action[KubernetesTarget, Patched]):
    """Changes the port of the pods to which a service sends: connections are refused, at once.

    The pods are as well as before. What holds a connection open already may keep it.
    """

    name: ClassVar[str] = "service.port"
    hits: ClassVar[tuple[str, ...]] = ("Service",)
    pods_are: ClassVar[Fate] = "cut off"
    needs: ClassVar[str] = "get, patch on services, list on endpointslices"
    undo_in_words: ClassVar[str] = "Set the former port again; the service reaches its pods at once."

    port: int | None = Field(default=None, ge=1, le=65_535)
    """Which of the service's own ports; without it all of them."""
    target_port: int = Field(default=1, ge=1, le=65_535)
    """Where it sends instead, on the pods: a port that nobody listens on."""

    @property
    def effect_within_s(self) -> float:
        """Until the controller has changed the endpoints."""
        return 10.0

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """By port and protocol: others may insert ports before it."""
        if found["spec"].get("clusterIP") in (None, "None") or not found["spec"].get("selector"):
            raise Fatal("callers of a headless service, or of one without a selector, go their own ways")
        ports = [one for one in found["spec"]["ports"] if self.port in (None, one["port"])]
        if not ports:
            there = ", ".join(str(one["port"]) for one in found["spec"]["ports"])
            raise Fatal(f"it has no port {self.port}: there is {there}")
        for one in ports:
            known_by = {"port": one["port"], "protocol": one["protocol"]}
            yield Edit(("spec", "ports", known_by, "targetPort"), self.target_port)

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """And to see the endpoints change."""
        yield from super().rights(target)
        yield from kube_rights.on_kind("EndpointSlice", target.object.namespace, "list")

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """Its endpoints have the port."""
        slices = surroundings.slices_of(target.access, state.object)
        ports = [port.get("port") for one in slices for port in one.get("ports") or ()]
        return self.target_port in ports
