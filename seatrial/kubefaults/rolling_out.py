"""Faults in a Deployment's template: tests of a rollout, after which its history is as before.

A changed template makes a ReplicaSet, and one that stays would be what `kubectl rollout undo` brings back.
So the fault marks the template: what was made out of it is known by that, and undo deletes it.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from seatrial.action import Lease
from seatrial.errors import Fatal, Retryable
from seatrial.kube import marks, patches, rights
from seatrial.kube.client import Json
from seatrial.kube.edits import Edit
from seatrial.kube.objects import annotations, metadata
from seatrial.kube.rights import Right
from seatrial.kubefaults.acting import asking, on, present
from seatrial.kubefaults.marking import Patched, is_the_one
from seatrial.kubefaults.patching import Patching, tries
from seatrial.kubefaults.surroundings import listed, owned_by, ref_of
from seatrial.targets.target import KubernetesTarget

_TEMPLATE: Final = ("spec", "template")


class RollingOut(Patching):
    """Put it before `Action`; implement `template_edits` and `shows`."""

    hits: ClassVar[tuple[str, ...]] = ("Deployment",)

    def template_edits(self, template: Json, lease: Lease) -> Iterable[Edit]:
        """What the fault wants of the pods' template, with places in it; raises Fatal."""
        raise NotImplementedError

    def shows(self, pod: Json) -> bool:
        """Whether the fault is seen in a pod that was made of the faulty template."""
        return True

    @property
    def timeout_s(self) -> float:
        """Undo ends when all pods are replaced once more; it is tried three times as long as this."""
        return 120.0

    @property
    def effect_within_s(self) -> float:
        """Until a pod of the new template is there, and shows it."""
        return 30.0

    def edits(self, found: Json, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """The template's, and a mark in it, and room in the history, for none of the user's may go."""
        if found["spec"].get("paused"):
            raise Fatal(f"the rollout of {target.object.label} is paused: nothing would come of it")
        for edit in self.template_edits(found["spec"]["template"], lease):
            yield edit._replace(place=(*_TEMPLATE, *edit.place))
        yield Edit((*_TEMPLATE, "metadata", "annotations", marks.RUN), marks.of_lease(lease.id))
        yield Edit(("spec", "revisionHistoryLimit"), int(found["spec"].get("revisionHistoryLimit", 10)) + 1)

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Json]) -> Iterable[Json]:
        """As many as a rolling update may take away at once; all of them where they are recreated."""
        with asking():
            found = present(target.access, target.object)
        strategy = found["spec"].get("strategy") or {} if found is not None else {}
        if strategy.get("type") == "Recreate":
            return pods
        most = str((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 0))
        share = int(most.removesuffix("%"))
        return pods[: len(pods) * share // 100 if most.endswith("%") else share]

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """And to delete the ReplicaSet that the faulty template makes, and to look at its pods."""
        yield from super().rights(target)
        yield from rights.on_kind("ReplicaSet", target.object.namespace, "list", "delete")
        yield from rights.on_kind("Pod", target.object.namespace, "list")

    def undo(self, target: KubernetesTarget, state: Patched) -> None:
        """Put the template back, delete the ReplicaSet that was made of the faulty one, then the rest."""
        with asking():
            found = self._with_its_template(target, state)
            if found is not None:
                self._delete_ours(target, state, found)
        super().undo(target, state)

    def _with_its_template(self, target: KubernetesTarget, state: Patched) -> Json | None:
        """The Deployment once its template is as before, or as another wants it; None where it is gone."""
        ours = [change for change in state.changes if change.place[:2] == _TEMPLATE]
        for _ in tries():
            found = present(target.access, state.object)
            if found is None or not self.is_on(found, state):
                return found
            back = patches.to_restore(found, ours)
            seen = self.patch(target, state, [is_the_one(state), *back]) if back else found
            if seen is not None:
                return seen
        raise Retryable(f"{state.object.label} is being changed by others all the time")

    def _delete_ours(self, target: KubernetesTarget, state: Patched, found: Json) -> None:
        """Once the controller has seen the template, and none of its pods is ready, for they go with it.

        Those that are not would be missed by nobody, and may never be replaced: where the next rollout gets
        stuck as well, the controller leaves them as they are.
        """
        if not _is_observed(found):
            raise Retryable(f"the cluster has not yet seen that {state.object.label} is as before")
        for one in self._ours(target, state):
            data = metadata(one)
            if (one.get("status") or {}).get("readyReplicas"):
                raise Retryable(f"the pods of replicaset {data['name']} are still being replaced")
            seen = {"uid": data["uid"], "resourceVersion": data["resourceVersion"]}
            on(target.access).delete(ref_of("ReplicaSet", one).path, preconditions=seen)

    def _ours(self, target: KubernetesTarget, state: Patched) -> list[Json]:
        """ReplicaSets out of the template with our mark."""
        sets = owned_by(listed(target.access, "ReplicaSet", state.object.namespace), state.object.uid)
        return [one for one in sets if _is_marked(one["spec"]["template"], state)]

    def is_undone(self, target: KubernetesTarget, state: Patched) -> bool:
        """Also nothing is left, or will come, that was made of the faulty template."""
        if not super().is_undone(target, state):
            return False
        with asking():
            found = present(target.access, state.object)
            return found is None or (_is_observed(found) and not self._ours(target, state))

    def bites(self, found: Json, target: KubernetesTarget, state: Patched) -> bool:
        """A pod made of the faulty template shows it."""
        pods = listed(target.access, "Pod", state.object.namespace)
        return any(self.shows(pod) for pod in pods if _is_marked(pod, state))


def _is_marked(made: Json, state: Patched) -> bool:
    return annotations(made).get(marks.RUN) == state.mark


def _is_observed(found: Json) -> bool:
    """Whether the controller has seen the object as it is."""
    return int((found.get("status") or {}).get("observedGeneration") or 0) >= int(
        metadata(found)["generation"]
    )
