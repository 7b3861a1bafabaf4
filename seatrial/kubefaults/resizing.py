"""Faults in what a container may use: its limits, changed in place."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar, Final

from seatrial.action import Fate, Lease
from seatrial.errors import Fatal
from seatrial.kube.client import Json
from seatrial.kube.edits import Edit
from seatrial.kube.quantity import amount
from seatrial.kubefaults.marking import Patched
from seatrial.kubefaults.patching import Patching
from seatrial.kubefaults.surroundings import container_of, status_of
from seatrial.targets.target import KubernetesTarget

_MILLI: Final = Decimal("0.001")


class Resizing(Patching):
    """Put it before `Action`; it has a key `limit`."""

    hits: ClassVar[tuple[str, ...]] = ("Pod",)
    pods_are: ClassVar[Fate] = "spared"
    subresource: ClassVar[str] = "resize"
    resource: ClassVar[str]
    """`cpu` or `memory`."""
    limit: Any

    @property
    def effect_within_s(self) -> float:
        """Until the kubelet has done it."""
        return 30.0

    def edits(self, found: Json, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """The limit, and the request where it may not stay above it; raises Fatal."""
        container = container_of(found["spec"], target.container)
        limits = (container.get("resources") or {}).get("limits") or {}
        requests = (container.get("resources") or {}).get("requests") or {}
        self._assert_allowed(container, limits)
        place = ("spec", "containers", {"name": container["name"]}, "resources")
        yield Edit((*place, "limits", self.resource), self.limit)
        if (request := self._request(found, requests)) is not None:
            yield Edit((*place, "requests", self.resource), request)

    def _assert_allowed(self, container: Json, limits: Json) -> None:
        name = container["name"]
        if self.resource not in limits:
            raise Fatal(f"container {name} has no {self.resource} limit, and one cannot be removed again")
        if self._limit() >= amount(limits[self.resource]):
            raise Fatal(f"the {self.resource} limit of {name} is {limits[self.resource]}: give a lower one")
        for policy in container.get("resizePolicy") or ():
            if policy["resourceName"] == self.resource and policy["restartPolicy"] != "NotRequired":
                raise Fatal(f"container {name} would be restarted (resizePolicy), and once more by the undo")

    def _limit(self) -> Decimal:
        try:
            return amount(self.limit)
        except ValueError as error:
            raise Fatal(f"`limit`: {error}") from None

    def _request(self, pod: Json, requests: Json) -> str | None:
        """As much as may be requested under the limit: the pod's quality of service must not change."""
        if self.resource not in requests or amount(requests[self.resource]) < self._limit():
            return None
        if (pod.get("status") or {}).get("qosClass") == "Guaranteed":
            return str(self.limit)
        half = self._limit() / 2  # equal ones might make it Guaranteed
        return f"{half / _MILLI:.0f}m" if self.resource == "cpu" else f"{half:.0f}"

    def bites(self, found: Json, target: KubernetesTarget, state: Patched) -> bool:
        """The kubelet has done it."""
        container = container_of(found["spec"], target.container)
        seen = (status_of(found, container["name"]).get("resources") or {}).get("limits") or {}
        return self.resource in seen and amount(seen[self.resource]) == self._limit()
