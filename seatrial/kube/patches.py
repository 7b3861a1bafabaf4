"""Changes of a document as JSON patches that can be taken back exactly: pure functions.

A patch is `test` operations, so that it holds all together or not at all, then the change (RFC 6902).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from seatrial.kube.edits import ABSENT, Change, Kept, Missing, Place, as_json, beside, index_of, read

Operation = dict[str, JsonValue]


def to_apply(document: Any, changes: Sequence[Change]) -> list[Operation]:
    """The patch that makes the changes, if everything is still as it was before them."""
    return [one for change in changes for one in _turned(document, change.place, change.before, change.after)]


def to_restore(document: Any, changes: Sequence[Change]) -> list[Operation]:
    """The patch that takes back those changes that are still there, if nothing moves meanwhile."""
    back = [one for change in reversed(changes) for one in _restored(document, change)]
    return [*_parents(document, changes), *back] if back else []


def _parents(document: Any, changes: Sequence[Change]) -> list[Operation]:
    """A mapping of which the fault took the last key is gone with it."""
    gone = {
        change.place[:-1]: None
        for change in changes
        if isinstance(change.place[-1], str) and isinstance(change.after, Missing)
        if isinstance(read(document, change.place[:-1]), Missing)
    }
    return [one for place in gone for one in _turned(document, place, ABSENT, {})]


def _restored(document: Any, change: Change) -> list[Operation]:
    now = read(document, change.place)
    if isinstance(change.before, Kept):
        return _moved_back(document, change, now)
    if now == change.after:
        return _turned(document, change.place, change.after, change.before)
    if not isinstance(change.before, Missing):
        return []
    # Others have put something beside ours into what we made: theirs stays. An element of a list is whole.
    if isinstance(change.place[-1], str) and isinstance(change.after, dict) and isinstance(now, dict):
        return _own_keys_removed(document, change, change.after, now)
    if isinstance(change.after, list) and isinstance(now, list):
        return _own_elements_removed(document, change, change.after, now)
    return []


def _moved_back(document: Any, change: Change, now: JsonValue | Missing) -> list[Operation]:
    """Where another has set a value meanwhile, only what was kept goes."""
    kept_at = beside(change)
    if isinstance(read(document, kept_at), Missing):
        return []
    (pointer, _), (kept, _) = _pointer(document, change.place), _pointer(document, kept_at)
    if now != change.after:
        return [{"op": "remove", "path": kept}]
    return [
        {"op": "test", "path": pointer, "value": None if isinstance(now, Missing) else as_json(now)},
        {"op": "move", "from": kept, "path": pointer},
    ]


def _own_elements_removed(
    document: Any, change: Change, own: Sequence[JsonValue], now: Sequence[JsonValue]
) -> list[Operation]:
    pointer, tests = _pointer(document, change.place)
    for index in reversed(range(len(now))):
        if now[index] in own:
            tests.append({"op": "test", "path": f"{pointer}/{index}", "value": now[index]})
            tests.append({"op": "remove", "path": f"{pointer}/{index}"})
    return tests if any(one["op"] == "remove" for one in tests) else []


def _own_keys_removed(
    document: Any, change: Change, own: Mapping[str, JsonValue], now: Mapping[str, JsonValue]
) -> list[Operation]:
    return [
        one
        for key, value in own.items()
        if key in now
        for one in _restored(document, Change(place=(*change.place, key), before=ABSENT, after=value))
    ]


def is_there(document: Any, change: Change) -> bool:
    """Whether the change, or what is left of it, is still to be seen."""
    if change.before == change.after:
        return False
    return bool(_restored(document, change))


def is_replaced(document: Any, change: Change) -> bool:
    """Whether the place is neither as the fault left it nor as it was before: another has changed it."""
    if isinstance(change.before, Kept):
        is_kept = not isinstance(read(document, beside(change)), Missing)
        return is_kept and read(document, change.place) != change.after
    return not is_there(document, change) and read(document, change.place) != change.before


def _turned(
    document: Any, place: Place, old: JsonValue | Missing | Kept, new: JsonValue | Missing | Kept
) -> list[Operation]:
    """From one value to the other, with tests that it is the one, and that elements are who they are."""
    if old == new:
        return []
    pointer, tests = _pointer(document, place)
    if isinstance(old, Kept):
        return _moved_away(document, place, old, new)
    if isinstance(old, Missing):
        return [*tests, *_nothing_at(pointer, place), {"op": "add", "path": pointer, "value": as_json(new)}]
    tests.append({"op": "test", "path": pointer, "value": old})
    if isinstance(new, Missing):
        return [*tests, {"op": "remove", "path": pointer}]
    return [*tests, {"op": "replace", "path": pointer, "value": as_json(new)}]


def _moved_away(document: Any, place: Place, old: Kept, new: JsonValue | Missing | Kept) -> list[Operation]:
    """Without a test of the value: whoever sends this tests that nobody has written to the object since."""
    pointer, _ = _pointer(document, place)
    kept, _ = _pointer(document, (*place[:-1], old.seatrial_kept))
    moved: list[Operation] = [
        {"op": "test", "path": kept, "value": None},
        {"op": "move", "from": pointer, "path": kept},
    ]
    if isinstance(new, Missing):
        return moved
    moved.append({"op": "add", "path": pointer, "value": as_json(new)})
    return moved


def _nothing_at(pointer: str, place: Place) -> list[Operation]:
    """A test for null passes where a key is absent; a new element goes to the end of its list."""
    return [{"op": "test", "path": pointer, "value": None}] if isinstance(place[-1], str) else []


def _pointer(document: Any, place: Place) -> tuple[str, list[Operation]]:
    """A place as a JSON pointer (RFC 6901) into this document, with tests that its elements stand there."""
    pointer, tests = "", list[Operation]()
    for step in place:
        if isinstance(step, str):
            pointer += "/" + step.replace("~", "~0").replace("/", "~1")
            document = document.get(step) if isinstance(document, dict) else None
            continue
        index = index_of(document, step)
        pointer += "/-" if index is None else f"/{index}"
        document = None if index is None else document[index]
        if index is not None:
            tests += [
                {"op": "test", "path": f"{pointer}/{key}", "value": value} for key, value in step.items()
            ]
    return pointer, tests
