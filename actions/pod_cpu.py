"""pod.cpu: a container that gets less CPU than before, and goes on."""

from typing import ClassVar

from seatrial.api import (
    Action,
    Field,
    KubernetesTarget,
    Patched,
    Resizing,
)


class PodCpu(Resizing, Action[KubernetesTarget, Patched]):
    """Lowers the CPU limit of a container in place, without a restart: it is throttled, and does what it does
    slower. Undo raises it again within a second or so.
    """

    name: ClassVar[str] = "pod.cpu"
    resource: ClassVar[str] = "cpu"
    needs: ClassVar[str] = "get, patch on pods, patch on pods/resize"
    undo_in_words: ClassVar[str] = "Set the former limit and request again, in place."

    limit: str = Field(min_length=1, max_length=30)
    """What it may use under the fault, as Kubernetes writes it: `100m`."""
