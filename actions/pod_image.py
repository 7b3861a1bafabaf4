"""pod.image: a container whose image is gone: it is stopped, and does not start again."""

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
    surroundings,
)


class PodImage(Patching, Action[KubernetesTarget, Patched]):
    """Changes a container's image in the pod itself: the container is stopped, and nobody replaces the pod.

    Unlike a deletion it lasts: the pod stays, is not ready, and gets no requests. The container starts anew
    after the undo, at once or, where it is in back-off already, up to half a minute later.
    """

    name: ClassVar[str] = "pod.image"
    hits: ClassVar[tuple[str, ...]] = ("Pod",)
    pods_are: ClassVar[Fate] = "lost"
    needs: ClassVar[str] = "get, patch on pods"
    undo_in_words: ClassVar[str] = (
        "Set the former image again; the container starts anew, in back-off up to half a minute later."
    )

    image: str = Field(default="seatrial.invalid/no-such-image:1", min_length=1, max_length=500)
    """What it gets in its place; the usual one is to be had nowhere."""

    @property
    def effect_within_s(self) -> float:
        """Until the kubelet has stopped the container."""
        return 60.0

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """Refuses pods whose containers are not started again: that would be their end."""
        if (policy := found["spec"].get("restartPolicy", "Always")) != "Always":
            raise Fatal(f"restartPolicy: {policy}: its containers would never start again")
        name = surroundings.container_of(found["spec"], target.container)["name"]
        yield Edit(("spec", "containers", {"name": name}, "image"), self.image)

    def bites(self, found: Any, target: KubernetesTarget, state: Patched) -> bool:
        """The container is not ready."""
        name = surroundings.container_of(found["spec"], target.container)["name"]
        return surroundings.status_of(found, name).get("ready") is False
