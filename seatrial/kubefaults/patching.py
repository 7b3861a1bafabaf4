"""Faults that change an object in place: fault, intent and lock in one atomic patch, and an exact undo.

    class ServiceSelector(Patching, Action[KubernetesTarget, Patched]):
        def edits(self, found, target, lease): yield Edit(("spec", "selector", "nobody"), "here")

The patch tests that the object is the one that was meant, that everything is as it was read, and that no
other fault is on it; it adds a label, which is the lock, and an annotation, which says how it is undone.
Undo tests likewise, puts back only what is still ours, and gives back the ownership of the fields.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from seatrial.action import Lease
from seatrial.errors import Fatal, FaultError, ForeignChange, Retryable
from seatrial.kube import edits, marks, ownership, patches, rights
from seatrial.kube.client import Json
from seatrial.kube.edits import Edit
from seatrial.kube.failures import KubeError
from seatrial.kube.objects import metadata
from seatrial.kube.patches import Operation
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.kubefaults.acting import Acting, Forbidden, asking, intent_text, lock_of, on, present
from seatrial.kubefaults.marking import (
    Patched,
    as_read,
    assert_untouched,
    busy,
    fence,
    fenced,
    how_to_clear,
    is_locked,
    is_the_one,
    manager,
    marked,
    unmarked,
    whose,
)
from seatrial.targets.target import KubernetesTarget

_TRIES: Final = 6
_PAUSE_S: Final = 0.05


def tries() -> Iterator[None]:
    """Others write to the same object; each of their writes costs us a try at the most.

    From the third on they are given time to come to an end, for who writes once often writes a few times.
    """
    for number in range(_TRIES):
        if number > 1:
            threading.Event().wait(_PAUSE_S * 2**number)
        yield


class Patching(Acting):
    """The four verbs of a fault that is a change of an object; put it before `Action`. Implement `edits`."""

    only_asks: ClassVar[bool] = True
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
        try:
            return [f"the {self.subject(target).label}"]
        except FaultError:
            return []  # there is nothing to change, which is told as a refusal

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Patched:
        """Read what is to be changed, and who owns it."""
        with asking():
            for _ in tries():
                subject = self.subject(target)
                found = present(target.access, subject)
                if found is None:
                    raise Fatal(f"{subject.label} is gone")
                if (other := lock_of(found)) is not None:
                    raise Fatal(f"{subject.label} has a fault of run {other} on it: {how_to_clear(target)}")
                changes = edits.changes_of(found, self.edits(found, target, lease))
                state = Patched(
                    lease=lease.id,
                    mark=marks.of_lease(lease.id),
                    object=subject,
                    changes=tuple(changes),
                    owners=metadata(found).get("managedFields") or [],
                )
                if (seen := self._tried(target, state, found)) is not None:
                    return seen
            raise Retryable(busy(state))

    def refusal(self, target: KubernetesTarget) -> str | None:
        """What speaks against it when the plan is made: the object itself, or the API in a dry run."""
        if reason := super().refusal(target):
            return reason
        try:
            self.prepare(target, Lease(id="plan", max_hold_s=0))
        except Forbidden:
            return None  # which right is missing is told beside this
        except FaultError as error:
            return str(error)
        return None

    def _tried(self, target: KubernetesTarget, state: Patched, found: Json) -> Patched | None:
        """A dry run tells what becomes of our values, `1000m` of `1`, and whether they are let in at all."""
        change = patches.to_apply(found, state.changes)
        seen = self.patch(target, state, change, self.subresource, dryRun="All")
        if seen is None:
            return None
        changes = [one.model_copy(update={"after": edits.read(seen, one.place)}) for one in state.changes]
        if all(one.before == one.after for one in changes):
            raise Fatal(f"{state.object.label} is as the fault wants it already")
        return state.model_copy(update={"changes": tuple(changes)})

    def apply(self, target: KubernetesTarget, state: Patched) -> None:
        """One patch: it happens all together, or not at all."""
        with asking():
            for _ in tries():
                found = present(target.access, state.object)
                if found is None:
                    raise Fatal(f"{state.object.label} is gone")
                if self._is_applied(found, state):
                    return  # by an earlier try, whose answer was lost
                assert_untouched(found, state)
                if self._patch_all(target, state, found):
                    return
            raise Fatal(busy(state))

    def _patch_all(self, target: KubernetesTarget, state: Patched, found: Json) -> bool:
        marks_first = marked(found, state, intent_text(self, target, state)) if lock_of(found) is None else []
        change = patches.to_apply(found, state.changes)
        if not self.subresource:
            return self.patch(target, state, [*marks_first, *change]) is not None
        # Its subresource takes no metadata: the intent goes first, for undo finds what never was applied.
        if marks_first and self.patch(target, state, marks_first) is None:
            return False
        ours = [is_the_one(state), is_locked(state)]
        return self.patch(target, state, [*ours, *change], self.subresource) is not None

    def undo(self, target: KubernetesTarget, state: Patched) -> None:
        """Put back what was there, unless somebody else has changed it since, and who owned it."""
        with asking():
            for _ in tries():
                found = present(target.access, state.object)
                if found is None:
                    return
                if not self.is_on(found, state):
                    if self._is_fenced(target, state):
                        return
                    continue
                if (restored := self._restore(target, state, found)) is not None:
                    self._give_back(target, state, restored)
                    if theirs := [change for change in state.changes if patches.is_replaced(found, change)]:
                        raise ForeignChange(whose(found, state, theirs))
                    return
            raise Retryable(busy(state))

    def _is_fenced(self, target: KubernetesTarget, state: Patched) -> bool:
        """A write of a runner that died cannot come through any more; False where it just did."""
        for _ in tries():
            found = present(target.access, state.object)
            if found is not None and lock_of(found) == state.mark:
                return False
            patch = fenced(found, state) if found is not None else None
            if patch is None:
                return True
            is_last = lock_of(found) is not None
            if self.patch(target, state, patch) is not None and is_last:
                return True
        raise Retryable(busy(state))

    def _restore(self, target: KubernetesTarget, state: Patched, found: Json) -> Json | None:
        """The object as it is then; None where it was changed meanwhile."""
        back = patches.to_restore(found, state.changes)
        without_marks = [is_the_one(state), *unmarked(found, state)]
        if not self.subresource:
            return self.patch(target, state, [*without_marks, *back])
        restore = [is_the_one(state), *back]
        if back and self.patch(target, state, restore, self.subresource) is None:
            return None
        return self.patch(target, state, without_marks)

    def _give_back(self, target: KubernetesTarget, state: Patched, restored: Json) -> None:
        """In a patch of its own: together with the value it would have no effect."""
        found: Json | None = restored
        for _ in tries():
            now = metadata(found).get("managedFields") or [] if found is not None else []
            if found is None or not ownership.is_owner(now, manager(state)):
                return
            back: list[Any] = ownership.given_back(state.owners, now, manager(state))
            give: Operation = {"op": "replace", "path": "/metadata/managedFields", "value": back}
            if self.patch(target, state, [as_read(found), give]) is not None:
                return
            found = present(target.access, state.object)
        raise Retryable(busy(state))

    def is_undone(self, target: KubernetesTarget, state: Patched) -> bool:
        """Nothing of it is there: neither value nor mark nor ownership."""
        with asking():
            found = present(target.access, state.object)
            return found is None or not (self.is_on(found, state) or lock_of(found) == fence(state))

    def bites(self, found: Json, target: KubernetesTarget, state: Patched) -> bool:
        """What the fault does is to be seen, on the object as it is or around it."""
        return True

    def has_effect(self, target: KubernetesTarget, state: Patched) -> bool | None:
        """The object is as the fault wants it, and it bites."""
        with asking():
            found = present(target.access, state.object)
            return found is not None and self._is_applied(found, state) and self.bites(found, target, state)

    def _is_applied(self, found: Json, state: Patched) -> bool:
        is_ours = lock_of(found) == state.mark
        return is_ours and all(edits.read(found, change.place) == change.after for change in state.changes)

    def is_on(self, found: Json, state: Patched) -> bool:
        """Its mark, or its fields: an equal value that another has set is theirs."""
        lock, owners = lock_of(found), metadata(found).get("managedFields") or []
        return lock == state.mark or (lock != fence(state) and ownership.is_owner(owners, manager(state)))

    def patch(
        self,
        target: KubernetesTarget,
        state: Patched,
        operations: list[Operation],
        subresource: str = "",
        **query: str,
    ) -> Json | None:
        """The object as it is then; None where a test of the patch failed, or another was faster."""
        path = f"{state.object.path}/{subresource}" if subresource else state.object.path
        try:
            return on(target.access).patch(path, operations, fieldManager=manager(state), **query)
        except KubeError as error:
            if error.status == 409 or (error.status == 422 and not error.details.get("causes")):
                return None
            raise
