"""pod.memory: a container that gets less memory than before, and goes on."""

from typing import ClassVar

from seatrial.api import (
    Action,
    Field,
    KubernetesTarget,
    Patched,
    Resizing,
)


class PodMemory(Resizing, Action[KubernetesTarget, Patched]):
    """Lowers the memory limit of a container in place, without a restart: what it needs beyond that it does
    not get, and the kernel may kill it for that.

    The kubelet leaves the limit as it is where the container uses more already: then the fault does not
    take effect, and the run is inconclusive.
    """

    name: ClassVar[str] = "pod.memory"
    resource: ClassVar[str] = "memory"
    needs: ClassVar[str] = "get, patch on pods, patch on pods/resize"
    undo_in_words: ClassVar[str] = "Set the former limit and request again, in place."

    limit: str = Field(min_length=1, max_length=30)
    """What it may use under the fault, as Kubernetes writes it: `64Mi`."""
