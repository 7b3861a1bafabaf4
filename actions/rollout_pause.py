"""rollout.pause: a Deployment that does not follow its template any more."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Edit,
    Fate,
    KubernetesTarget,
    Lease,
    Patched,
    Patching,
)


class RolloutPause(Patching, Action[KubernetesTarget, Patched]):
    """Pauses the rollout of a Deployment, as `kubectl rollout pause` does: a release meanwhile gets nowhere.

    The pods that are there stay, and are replaced when they are lost; it is no outage by itself.
    """

    name: ClassVar[str] = "rollout.pause"
    hits: ClassVar[tuple[str, ...]] = ("Deployment",)
    pods_are: ClassVar[Fate] = "spared"
    needs: ClassVar[str] = "get, patch on deployments"
    undo_in_words: ClassVar[str] = "Let the rollout go on, unless somebody else has changed that since."

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """One field."""
        yield Edit(("spec", "paused"), value=True)
