"""Edits of a document as JSON patches that can be taken back exactly: pure functions.

    edit     a place and the value that the fault sets there, or ABSENT
    change   the same with the value that was there before, as it was read
    patch    `test` operations, so that it holds all together or not at all, then the change

A place names elements of lists by what they are, not by where they stand: others may insert before them.
What must not leave the object, a Secret's value, is moved to a key beside it, and back: nobody reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, JsonValue

from seatrial.model.base import Model

Place = tuple[str | dict[str, str | int], ...]
"""Keys, and for an element of a list what it is known by: `("spec", "taints", {"key": "x"}, "value")`."""
Operation = dict[str, JsonValue]


class Missing(Model):
    """There is nothing at a place."""

    seatrial_absent: Literal[True]


ABSENT: Final = Missing(seatrial_absent=True)


class Kept(Model):
    """What stood at a place is in the object still: under this key beside it."""

    seatrial_kept: str


Found = Annotated[Missing | Kept | JsonValue, Field(union_mode="left_to_right")]
"""What stands at a place, that nothing does, or where it is kept."""


class Edit(NamedTuple):
    """What a fault wants a place to be."""

    place: Place
    value: JsonValue | Missing
    keep_as: str | None = None
    """The key beside it under which the object keeps what stood there; None: undo is told the value."""


class Change(Model):
    """An edit with what was there before; as data it is what undo needs."""

    place: Place
    before: Found
    after: Found


def read(document: Any, place: Place) -> JsonValue | Missing:
    """What stands at a place."""
    for step in place:
        document = _under(document, step)
        if isinstance(document, Missing):
            return ABSENT
    return document  # type: ignore[no-any-return]  # JSON all the way down


def _under(document: Any, step: str | Mapping[str, str | int]) -> Any:
    if isinstance(step, str):
        return document.get(step, ABSENT) if isinstance(document, dict) else ABSENT
    index = _index(document, step)
    return ABSENT if index is None else document[index]


def _index(elements: Any, known_by: Mapping[str, str | int]) -> int | None:
    for index, one in enumerate(elements if isinstance(elements, list) else ()):
        if isinstance(one, dict) and all(one.get(key) == value for key, value in known_by.items()):
            return index
    return None


def change_of(document: Any, edit: Edit) -> Change:
    """The edit, with what it replaces; where its parents are not there yet, they are part of the change."""
    place, value, keep_as = edit
    if keep_as is not None:
        return Change(place=place, before=Kept(seatrial_kept=keep_as), after=value)
    while len(place) > 1 and isinstance(read(document, place[:-1]), Missing):
        last = place[-1]
        value = {last: _json(value)} if isinstance(last, str) else [_json(value)]
        place = place[:-1]
    return Change(place=place, before=read(document, place), after=value)


def changes_of(document: Any, wanted: Iterable[Edit]) -> list[Change]:
    """All edits with what they replace; of several that need the same new parent, one change."""
    found: dict[str, Change] = {}
    for edit in wanted:
        change = change_of(document, edit)
        key = repr(change.place)
        if key in found and change.before == ABSENT:
            change = change.model_copy(update={"after": _both(found[key].after, change.after)})
        found[key] = change
    return list(found.values())


def _both(one: Any, other: Any) -> JsonValue:
    """What two edits put into a parent that neither of them has found."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: _both(one[key], new) if key in one else new for key, new in other.items()}}
    return [*one, *other] if isinstance(one, list) and isinstance(other, list) else other


def _json(value: JsonValue | Missing | Kept) -> JsonValue:
    if isinstance(value, Missing | Kept):
        raise ValueError("there is nothing to remove: its parent is not there")
    return value


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
    kept_at = _beside(change)
    if isinstance(read(document, kept_at), Missing):
        return []
    (pointer, _), (kept, _) = _pointer(document, change.place), _pointer(document, kept_at)
    if now != change.after:
        return [{"op": "remove", "path": kept}]
    return [
        {"op": "test", "path": pointer, "value": None if isinstance(now, Missing) else _json(now)},
        {"op": "move", "from": kept, "path": pointer},
    ]


def _beside(change: Change) -> Place:
    assert isinstance(change.before, Kept)
    return (*change.place[:-1], change.before.seatrial_kept)


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


def is_before(document: Any, change: Change) -> bool:
    """Whether all is as it was when the change was made up; a value that nobody reads has to be there."""
    now = read(document, change.place)
    if isinstance(change.before, Kept):
        return not isinstance(now, Missing) and isinstance(read(document, _beside(change)), Missing)
    return now == change.before


def is_there(document: Any, change: Change) -> bool:
    """Whether the change, or what is left of it, is still to be seen."""
    if change.before == change.after:
        return False
    return bool(_restored(document, change))


def is_replaced(document: Any, change: Change) -> bool:
    """Whether the place is neither as the fault left it nor as it was before: another has changed it."""
    if isinstance(change.before, Kept):
        is_kept = not isinstance(read(document, _beside(change)), Missing)
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
        return [*tests, *_nothing_at(pointer, place), {"op": "add", "path": pointer, "value": _json(new)}]
    tests.append({"op": "test", "path": pointer, "value": old})
    if isinstance(new, Missing):
        return [*tests, {"op": "remove", "path": pointer}]
    return [*tests, {"op": "replace", "path": pointer, "value": _json(new)}]


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
    moved.append({"op": "add", "path": pointer, "value": _json(new)})
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
        index = _index(document, step)
        pointer += "/-" if index is None else f"/{index}"
        document = None if index is None else document[index]
        if index is not None:
            tests += [
                {"op": "test", "path": f"{pointer}/{key}", "value": value} for key, value in step.items()
            ]
    return pointer, tests
