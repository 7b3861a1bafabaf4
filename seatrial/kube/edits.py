"""Edits of a document, and what they replace: pure functions.

    edit     a place and the value that the fault sets there, or ABSENT
    change   the same with the value that was there before, as it was read

A place names elements of lists by what they are, not by where they stand: others may insert before them.
What must not leave the object, a Secret's value, is moved to a key beside it, and back: nobody reads it.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, JsonValue

from seatrial.model.base import Model

Place = tuple[str | dict[str, str | int], ...]
"""Keys, and for an element of a list what it is known by: `("spec", "taints", {"key": "x"}, "value")`."""


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
    index = index_of(document, step)
    return ABSENT if index is None else document[index]


def index_of(elements: Any, known_by: Mapping[str, str | int]) -> int | None:
    """Where in a list the element stands that has these values; None where there is none."""
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
        value = {last: as_json(value)} if isinstance(last, str) else [as_json(value)]
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


def as_json(value: JsonValue | Missing | Kept) -> JsonValue:
    """A value that is one; raises ValueError."""
    if isinstance(value, Missing | Kept):
        raise ValueError("there is nothing to remove: its parent is not there")
    return value


def is_before(document: Any, change: Change) -> bool:
    """Whether all is as it was when the change was made up; a value that nobody reads has to be there."""
    now = read(document, change.place)
    if isinstance(change.before, Kept):
        return not isinstance(now, Missing) and isinstance(read(document, beside(change)), Missing)
    return now == change.before


def beside(change: Change) -> Place:
    """Where the object keeps what nobody reads."""
    assert isinstance(change.before, Kept)
    return (*change.place[:-1], change.before.seatrial_kept)
