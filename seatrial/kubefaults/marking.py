"""The marks of a fault on an object: the lock, the intent, who set a field, and the fence behind an undo."""

import json
from collections.abc import Iterator

from pydantic import JsonValue

from seatrial.errors import Fatal
from seatrial.kube import edits, marks, patches
from seatrial.kube.client import MANAGER, Json
from seatrial.kube.edits import ABSENT, Change, Edit
from seatrial.kube.objects import annotations, metadata
from seatrial.kube.patches import Operation
from seatrial.kube.ref import Ref
from seatrial.kubefaults.acting import lock_of
from seatrial.model.base import Model
from seatrial.targets.target import KubernetesTarget


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


def manager(state: Patched) -> str:
    return f"{MANAGER}-{state.mark}"


def busy(state: Patched) -> str:
    return f"{state.object.label} is being changed by others all the time"


def assert_untouched(found: Json, state: Patched) -> None:
    other = lock_of(found)
    if other not in (None, state.mark):
        raise Fatal(f"{state.object.label} has a fault of run {other} on it")
    for change in state.changes:
        if not edits.is_before(found, change):
            raise Fatal(f"{words(change)} of {state.object.label} was changed meanwhile")


def is_the_one(state: Patched) -> Operation:
    """A test that the object is the one that was meant."""
    return {"op": "test", "path": "/metadata/uid", "value": state.object.uid}


def is_locked(state: Patched) -> Operation:
    """A test that this fault's intent stands on the object."""
    label = marks.RUN.replace("/", "~1")
    return {"op": "test", "path": f"/metadata/labels/{label}", "value": state.mark}


def _mark_edits(state: Patched, intent: str) -> Iterator[Edit]:
    yield Edit(("metadata", "labels", marks.RUN), state.mark)
    yield Edit(("metadata", "annotations", marks.UNDO), intent)


def as_read(found: Json) -> Operation:
    """A test that nobody has written to the object since."""
    return {"op": "test", "path": "/metadata/resourceVersion", "value": metadata(found)["resourceVersion"]}


def marked(found: Json, state: Patched, intent: str) -> list[Operation]:
    """The patch that sets lock and intent, if nothing has been written to the object since."""
    changes = [edits.change_of(found, edit) for edit in _mark_edits(state, intent)]
    return [is_the_one(state), as_read(found), *patches.to_apply(found, changes)]


def unmarked(found: Json, state: Patched) -> list[Operation]:
    """Whichever of the marks is there, and is ours: somebody may have taken away the label alone."""
    there = []
    if lock_of(found) == state.mark:
        there.append(Edit(("metadata", "labels", marks.RUN), ABSENT))
    if _is_intent(annotations(found).get(marks.UNDO), state):
        there.append(Edit(("metadata", "annotations", marks.UNDO), ABSENT))
    return patches.to_apply(found, [edits.change_of(found, edit) for edit in there])


def fenced(found: Json, state: Patched) -> list[Operation] | None:
    """The patch that is next where nothing of the fault is on an object; None where none is needed.

    A write of a runner that died may still be on its way. It fails where another came before it: so the
    label is set, with a value of its own, and taken away again.
    """
    place = ("metadata", "labels", marks.RUN)
    match lock_of(found):
        case None:
            wanted: JsonValue | edits.Missing = fence(state)
        case other if other == fence(state):
            wanted = ABSENT
        case _:
            return None  # another's fault is a write as well
    change = edits.change_of(found, Edit(place, wanted))
    return [is_the_one(state), as_read(found), *patches.to_apply(found, [change])]


def fence(state: Patched) -> str:
    """The value of the label while a fence is set."""
    return f"{state.mark}.undone"


def _is_intent(text: str | None, state: Patched) -> bool:
    try:
        return text is not None and json.loads(text)["id"] == state.lease
    except (ValueError, LookupError, TypeError):
        return False


def words(change: Change) -> str:
    return ".".join(
        step if isinstance(step, str) else str(next(iter(step.values()))) for step in change.place
    )


def whose(found: Json, state: Patched, theirs: list[Change]) -> str:
    what = ", ".join(words(change) for change in theirs)
    others = [str(one.get("manager")) for one in metadata(found).get("managedFields") or []]
    last = others[-1] if others else "somebody"
    return f"{what} of {state.object.label} has been changed by another since, such as {last}: it is left so"


def how_to_clear(target: KubernetesTarget) -> str:
    return f"wait for its end, or `seatrial rollback --kubernetes --context {target.access.context or '…'}`"
