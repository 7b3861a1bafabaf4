"""Faults that are objects of their own: a policy, a quota. What was there is not touched.

    anchor (a Job that runs nothing, with a deadline) ◀─owned by─ the object

The cluster itself removes the anchor when its time is over, and with it the object: with no code, image or
right of ours. Undo removes both at once, by name, label and uid.
"""

import threading
from collections.abc import Iterable
from math import ceil
from typing import Any, ClassVar, Final

from pydantic import JsonValue

from seatrial.action import Lease
from seatrial.errors import Fatal
from seatrial.kube import marks, rights
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS, Kind
from seatrial.kube.objects import is_terminating, metadata
from seatrial.kube.rights import Right
from seatrial.kubefaults.acting import Acting, asking, intent_text, lock_of, present
from seatrial.model.base import Model
from seatrial.targets.target import KubernetesTarget

_ANCHOR: Final = KINDS["Job"]
_ALREADY_THERE: Final = 409
_BOTH: Final = 2
_ON_ITS_WAY_S: Final = 0.5


class Created(Model):
    """What is made: its name is known before it is."""

    lease: str
    mark: str
    """The value of the label: which fault of which run this is."""
    namespace: str
    name: str
    """Of the object, and of its anchor."""
    deadline_s: int
    """After this long the cluster removes both by itself."""
    spec: dict[str, JsonValue]


class Creating(Acting):
    """The four verbs of a fault that is an object of its own; put it before `Action`. Implement `spec`."""

    makes: ClassVar[str]
    """The kind of what is made: `NetworkPolicy`."""

    def spec(self, target: KubernetesTarget, found: Json) -> dict[str, JsonValue]:
        """What is made, for this target as it was found; raises Fatal where that makes no sense."""
        raise NotImplementedError

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To make, see and remove it and its anchor; names are not known before the run."""
        yield from rights.on(target.object, "get")
        for kind in (self.makes, _ANCHOR.name):
            yield from rights.on_kind(kind, namespace_of(target), "get", "create", "delete")

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Created:
        """Choose the name, and ask all who decide whether it would be let in."""
        with asking():
            found = present(target.access, target.object)
            if found is None or is_terminating(found):
                raise Fatal(f"{target.object.label} is gone")
            mark = marks.of_lease(lease.id)
            state = Created(
                lease=lease.id,
                mark=mark,
                namespace=namespace_of(target),
                name=marks.object_name(f"seatrial-{mark}"),
                deadline_s=ceil(lease.max_hold_s),
                spec=self.spec(target, found),
            )
            for kind in (_ANCHOR, KINDS[self.makes]):
                self._create(target, state, kind, dryRun="All")
            return state

    def apply(self, target: KubernetesTarget, state: Created) -> None:
        """The anchor first, so that the object is owned from its first moment on."""
        with asking():
            if present(target.access, target.object) is None:
                raise Fatal(f"{target.object.label} is gone")
            anchor = metadata(self._create(target, state, _ANCHOR))
            self._create(target, state, KINDS[self.makes], anchor["uid"])

    def undo(self, target: KubernetesTarget, state: Created) -> None:
        """Remove what was made; by itself it goes when its time is over."""
        with asking():
            if len(self._removed(target, state)) < _BOTH:
                # Whoever made it may have died with a request on its way, which comes after our look.
                threading.Event().wait(_ON_ITS_WAY_S)
                self._removed(target, state)

    def _removed(self, target: KubernetesTarget, state: Created) -> list[tuple[Kind, Json]]:
        """What was there, by uid."""
        found = self._ours(target, state)
        for kind, one in found:
            cluster_at(target.access).delete(kind.path(state.namespace, state.name), metadata(one)["uid"])
        return found

    def is_undone(self, target: KubernetesTarget, state: Created) -> bool:
        """Neither of them is there."""
        with asking():
            return not self._ours(target, state)

    def has_effect(self, target: KubernetesTarget, state: Created) -> bool | None:
        """The object is there."""
        with asking():
            return any(kind.name == self.makes for kind, _ in self._ours(target, state))

    def _ours(self, target: KubernetesTarget, state: Created) -> list[tuple[Kind, Json]]:
        """The object and its anchor, as far as they are there; what only has their name is another's."""
        kinds = (KINDS[self.makes], _ANCHOR)
        found = [
            (kind, cluster_at(target.access).find(kind.path(state.namespace, state.name))) for kind in kinds
        ]
        return [(kind, one) for kind, one in found if one is not None and lock_of(one) == state.mark]

    def _create(
        self, target: KubernetesTarget, state: Created, kind: Kind, owner_uid: str = "", **query: str
    ) -> Json:
        """Make one of them; one of this very fault that is there already will do."""
        spec = _anchor_spec(state) if kind is _ANCHOR else state.spec
        body: dict[str, Any] = {
            "apiVersion": kind.api_version,
            "kind": kind.name,
            "metadata": {
                "name": state.name,
                "labels": {marks.RUN: state.mark},
                "annotations": {marks.UNDO: intent_text(self, target, state)},
                "ownerReferences": [_owned_by(state, owner_uid)] if owner_uid else [],
            },
            "spec": spec,
        }
        cluster = cluster_at(target.access)
        try:
            return cluster.create(kind.collection(state.namespace), body, **query)
        except KubeError as error:
            if error.status != _ALREADY_THERE:
                raise
        found = cluster.find(kind.path(state.namespace, state.name))
        if found is None or lock_of(found) != state.mark:
            raise Fatal(f"there is a {kind.name} {state.namespace}/{state.name} of somebody else") from None
        return found


def namespace_of(target: KubernetesTarget) -> str:
    """Where something for this target is made: in the namespace that it is, or is in."""
    return target.object.namespace or target.object.name


def _anchor_spec(state: Created) -> dict[str, Any]:
    """A Job that never has a pod, so that it takes nothing of the cluster but its deadline."""
    never = {"name": "none", "image": "seatrial/none"}
    return {
        "parallelism": 0,
        "activeDeadlineSeconds": state.deadline_s,
        "ttlSecondsAfterFinished": 0,
        "template": {"spec": {"restartPolicy": "Never", "containers": [never]}},
    }


def _owned_by(state: Created, uid: str) -> dict[str, str]:
    return {"apiVersion": _ANCHOR.api_version, "kind": _ANCHOR.name, "name": state.name, "uid": uid}
