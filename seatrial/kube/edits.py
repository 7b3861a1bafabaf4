"""Edits of a document as JSON patches that can be taken back exactly: pure functions.

    edit     a place and the value that the fault sets there, or ABSENT
    change   the same with the value that was there before, as it was read
    patch    `test` operations, so that it holds all together or not at all, then the change

A place names elements of lists by what they are, not by where they stand: others may insert before them.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, JsonValue

from seatrial.model.base import Model

Place = tuple[str | dict[str, str], ...]
"""Keys, and for an element of a list what it is known by: `("spec", "taints", {"key": "x"}, "value")`."""
Operation = dict[str, JsonValue]


class Missing(Model):
    """There is nothing at a place."""

    seatrial_absent: Literal[True]


ABSENT: Final = Missing(seatrial_absent=True)
Found = Annotated[Missing | JsonValue, Field(union_mode="left_to_right")]
"""What stands at a place, or that nothing does."""


class Edit(NamedTuple):
    """What a fault wants a place to be."""

    place: Place
    value: JsonValue | Missing


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


def _under(document: Any, step: str | Mapping[str, str]) -> Any:
    if isinstance(step, str):
        return document.get(step, ABSENT) if isinstance(document, dict) else ABSENT
    index = _index(document, step)
    return ABSENT if index is None else document[index]


def _index(elements: Any, known_by: Mapping[str, str]) -> int | None:
    for index, one in enumerate(elements if isinstance(elements, list) else ()):
        if isinstance(one, dict) and all(one.get(key) == value for key, value in known_by.items()):
            return index
    return None


def change_of(document: Any, edit: Edit) -> Change:
    """The edit, with what it replaces; where its parents are not there yet, they are part of the change."""
    place, value = edit
    while len(place) > 1 and isinstance(read(document, place[:-1]), Missing):
        last = place[-1]
        value = {last: _json(value)} if isinstance(last, str) else [_json(value)]
        place = place[:-1]
    return Change(place=place, before=read(document, place), after=value)


def _json(value: JsonValue | Missing) -> JsonValue:
    if isinstance(value, Missing):
        raise ValueError("there is nothing to remove: its parent is not there")
    return value


def to_apply(document: Any, changes: Sequence[Change]) -> list[Operation]:
    """The patch that makes the changes, if everything is still as it was before them."""
    return [one for change in changes for one in _turned(document, change.place, change.before, change.after)]


def to_restore(document: Any, changes: Sequence[Change]) -> list[Operation]:
    """The patch that takes back those changes that are still there, if nothing moves meanwhile."""
    return [one for change in reversed(changes) for one in _restored(document, change)]


def _restored(document: Any, change: Change) -> list[Operation]:
    now = read(document, change.place)
    if now == change.after:
        return _turned(document, change.place, change.after, change.before)
    if not isinstance(change.before, Missing):
        return []
    # Others have put something beside ours into what we made: theirs stays.
    if isinstance(change.after, dict) and isinstance(now, dict):
        return _own_keys_removed(document, change, change.after, now)
    if isinstance(change.after, list) and isinstance(now, list):
        return _own_elements_removed(document, change, change.after, now)
    return []


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
    return not is_there(document, change) and read(document, change.place) != change.before


def _turned(
    document: Any, place: Place, old: JsonValue | Missing, new: JsonValue | Missing
) -> list[Operation]:
    """From one value to the other, with tests that it is the one, and that elements are who they are."""
    if old == new:
        return []
    pointer, tests = _pointer(document, place)
    if isinstance(old, Missing):
        return [*tests, *_nothing_at(pointer, place), {"op": "add", "path": pointer, "value": _json(new)}]
    tests.append({"op": "test", "path": pointer, "value": old})
    if isinstance(new, Missing):
        return [*tests, {"op": "remove", "path": pointer}]
    return [*tests, {"op": "replace", "path": pointer, "value": new}]


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
