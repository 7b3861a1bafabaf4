"""Faults that change an object in place: fault, intent and lock in one atomic patch, and an exact undo.

    class ServiceSelector(Patching, Action[KubernetesTarget, Patched]):
        def edits(self, found, target, lease): yield Edit(("spec", "selector", "nobody"), "here")

The patch tests that the object is the one that was meant, that everything is as it was read, and that no
other fault is on it; it adds a label, which is the lock, and an annotation, which says how it is undone.
Undo tests likewise, puts back only what is still ours, and gives back the ownership of the fields.
"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from pydantic import JsonValue

from seatrial.action import Lease
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.kube import edits, marks, ownership, rights
from seatrial.kube.client import MANAGER, Json
from seatrial.kube.edits import ABSENT, Change, Edit, Operation
from seatrial.kube.failures import KubeError
from seatrial.kube.objects import metadata
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.kubefaults.acting import Acting, asking, intent_text, lock_of, on, present
from seatrial.model.base import Model
from seatrial.targets.target import KubernetesTarget

_TRIES: Final = 5
"""Others write to the same object; each of their writes costs us a try at the most."""


class Patched(Model):
    """What was changed, with what was there before."""

    lease: str
    mark: str
    """The value of the label: which fault of which run this is."""
    object: Ref
    """What is changed; mostly the target itself."""
    changes: tuple[Change, ...]
    owners: list[JsonValue]
    """`managedFields` as they were."""


class Patching(Acting):
    """The four verbs of a fault that is a change of an object; put it before `Action`. Implement `edits`."""

    subresource: ClassVar[str] = ""
    """Where the API takes the change, if not on the object itself: `resize`."""

    def edits(self, found: Json, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """What the fault wants the object to be; raises Fatal where that makes no sense."""
        raise NotImplementedError

    def subject(self, target: KubernetesTarget) -> Ref:
        """What is changed, if not the target itself."""
        return target.object

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To read and patch what is changed."""
        subject = self.subject(target)
        yield from rights.on(subject, "get", "patch")
        if self.subresource:
            yield from rights.on(subject, "patch", subresource=self.subresource)

    def changes(self, target: KubernetesTarget) -> list[str]:
        """Of two faults on one object each would take the other's for the usual."""
        return [f"the {self.subject(target).label}"]

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Patched:
        """Read what is to be changed, and who owns it."""
        with asking():
            subject = self.subject(target)
            found = present(target.access, subject)
            if found is None:
                raise Fatal(f"{subject.label} is gone")
            if (other := lock_of(found)) is not None:
                raise Fatal(f"{subject.label} has a fault of run {other} on it: {_how_to_clear(target)}")
            changes = [edits.change_of(found, edit) for edit in self.edits(found, target, lease)]
            state = Patched(
                lease=lease.id,
                mark=marks.of_lease(lease.id),
                object=subject,
                changes=tuple(changes),
                owners=metadata(found).get("managedFields") or [],
            )
            return self._as_the_cluster_writes_it(target, state, found)

    def _as_the_cluster_writes_it(self, target: KubernetesTarget, state: Patched, found: Json) -> Patched:
        """A dry run tells what becomes of our values, `1000m` of `1`, and whether they are let in at all."""
        path = f"{state.object.path}/{self.subresource}" if self.subresource else state.object.path
        seen = on(target.access).patch(path, edits.to_apply(found, state.changes), dryRun="All")
        changes = [one.model_copy(update={"after": edits.read(seen, one.place)}) for one in state.changes]
        if all(one.before == one.after for one in changes):
            raise Fatal(f"{state.object.label} is as the fault wants it already")
        return state.model_copy(update={"changes": tuple(changes)})

    def apply(self, target: KubernetesTarget, state: Patched) -> None:
        """One patch: it happens all together, or not at all."""
        with asking():
            for _ in range(_TRIES):
                found = present(target.access, state.object)
                if found is None:
                    raise Fatal(f"{state.object.label} is gone")
                if (other := lock_of(found)) is not None:
                    raise Fatal(f"{state.object.label} has a fault of run {other} on it")
                for change in state.changes:
                    if edits.read(found, change.place) != change.before:
                        raise Fatal(f"{_words(change)} of {state.object.label} was changed meanwhile")
                if self._patch_all(target, state, found):
                    return
            raise Fatal(f"{state.object.label} is being changed by others all the time")

    def _patch_all(self, target: KubernetesTarget, state: Patched, found: Json) -> bool:
        marked = [*_is_the_one(state), *_marked(found, state, intent_text(self, target, state))]
        change = edits.to_apply(found, state.changes)
        if not self.subresource:
            return self._patch(target, state, [*marked, *change])
        # Its subresource takes no metadata: the intent goes first, for undo finds what never was applied.
        return self._patch(target, state, marked) and self._patch(
            target, state, [*_is_the_one(state), *change], self.subresource
        )

    def undo(self, target: KubernetesTarget, state: Patched) -> None:
        """Put back what was there, unless somebody else has changed it since, and who owned it."""
        with asking():
            for _ in range(_TRIES):
                found = present(target.access, state.object)
                if found is None or not self._is_on(found, state):
                    break
                if self._restore(target, state, found):
                    theirs = [change for change in state.changes if edits.is_replaced(found, change)]
                    self._give_back(target, state)
                    if theirs:
                        raise ForeignChange(_whose(found, state, theirs))
                    return
            else:
                raise Retryable(f"{state.object.label} is being changed by others all the time")
            self._give_back(target, state)

    def _restore(self, target: KubernetesTarget, state: Patched, found: Json) -> bool:
        back = edits.to_restore(found, state.changes)
        unmarked = [*_is_the_one(state), *_unmarked(found, state)]
        if not self.subresource:
            return self._patch(target, state, [*unmarked, *back])
        if back and not self._patch(target, state, [*_is_the_one(state), *back], self.subresource):
            return False
        return self._patch(target, state, unmarked)

    def _give_back(self, target: KubernetesTarget, state: Patched) -> None:
        """In a patch of its own: together with the value it would have no effect."""
        for _ in range(_TRIES):
            found = present(target.access, state.object)
            now = metadata(found).get("managedFields") or [] if found is not None else []
            if not ownership.is_owner(now, _manager(state)):
                return
            back: list[Any] = ownership.given_back(state.owners, now, _manager(state))
            if self._patch(
                target,
                state,
                [
                    {"op": "test", "path": "/metadata/resourceVersion", "value": _version(found)},
                    {"op": "replace", "path": "/metadata/managedFields", "value": back},
                ],
            ):
                return
        raise Retryable(f"{state.object.label} is being changed by others all the time")

    def is_undone(self, target: KubernetesTarget, state: Patched) -> bool:
        """Nothing of it is there: neither value nor mark nor ownership."""
        with asking():
            found = present(target.access, state.object)
            return found is None or not self._is_on(found, state)

    def has_effect(self, target: KubernetesTarget, state: Patched) -> bool | None:
        """The object is as the fault wants it."""
        with asking():
            found = present(target.access, state.object)
            return (
                found is not None
                and lock_of(found) == state.mark
                and all(edits.read(found, change.place) == change.after for change in state.changes)
            )

    def _is_on(self, found: Json, state: Patched) -> bool:
        """Its mark, or its fields: an equal value that another has set is theirs."""
        owners = metadata(found).get("managedFields") or []
        return lock_of(found) == state.mark or ownership.is_owner(owners, _manager(state))

    def _patch(
        self, target: KubernetesTarget, state: Patched, operations: list[Operation], subresource: str = ""
    ) -> bool:
        """False where one of its tests failed, or another was faster."""
        path = f"{state.object.path}/{subresource}" if subresource else state.object.path
        try:
            on(target.access).patch(path, operations, fieldManager=_manager(state))
        except KubeError as error:
            if error.status == 409 or (error.status == 422 and not error.details.get("causes")):
                return False
            raise
        return True


def _manager(state: Patched) -> str:
    return f"{MANAGER}-{state.mark}"


def _is_the_one(state: Patched) -> list[Operation]:
    return [{"op": "test", "path": "/metadata/uid", "value": state.object.uid}]


def _mark_edits(state: Patched, intent: str) -> Iterator[Edit]:
    yield Edit(("metadata", "labels", marks.RUN), state.mark)
    yield Edit(("metadata", "annotations", marks.UNDO), intent)


def _marked(found: Json, state: Patched, text: str) -> list[Operation]:
    return edits.to_apply(found, [edits.change_of(found, edit) for edit in _mark_edits(state, text)])


def _unmarked(found: Json, state: Patched) -> list[Operation]:
    if lock_of(found) != state.mark:
        return []
    gone = (
        Edit(("metadata", "labels", marks.RUN), ABSENT),
        Edit(("metadata", "annotations", marks.UNDO), ABSENT),
    )
    there = [edit for edit in gone if edits.read(found, edit.place) != ABSENT]
    return edits.to_apply(found, [edits.change_of(found, edit) for edit in there])


def _version(found: Json | None) -> JsonValue:
    version: JsonValue = metadata(found)["resourceVersion"] if found is not None else None
    return version


def _words(change: Change) -> str:
    return ".".join(step if isinstance(step, str) else next(iter(step.values())) for step in change.place)


def _whose(found: Json, state: Patched, theirs: list[Change]) -> str:
    what = ", ".join(_words(change) for change in theirs)
    others = [str(one.get("manager")) for one in metadata(found).get("managedFields") or []]
    last = others[-1] if others else "somebody"
    return f"{what} of {state.object.label} has been changed by another since, such as {last}: it is left so"


def _how_to_clear(target: KubernetesTarget) -> str:
    return f"wait for its end, or `seatrial rollback --kubernetes --context {target.access.context or '…'}`"
