"""Who owns which field of an object: giving back what a fault and its undo took, `managedFields` alone.

A value that is put back belongs to whoever put it back, and the user's next server-side apply of another
value would be refused as a conflict with us. So ownership is put back as well, in a patch of its own:
in the one that restores the value it would have no effect.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from seatrial.kube.client import Json

Fields = Mapping[str, Any]
"""A `fieldsV1` tree; an empty mapping is a field that is owned."""
_ITSELF = "."
_KEY = ("manager", "operation", "apiVersion", "subresource", "fieldsType")


def is_owner(now: Sequence[Json], manager: str) -> bool:
    """Whether anything belongs to this manager."""
    return any(entry.get("manager") == manager for entry in now)


def given_back(before: Sequence[Json], now: Sequence[Json], manager: str) -> list[Json]:
    """`managedFields` as they are now, less this manager's entries, with what it took back at its owners."""
    taken = _united([entry.get("fieldsV1") or {} for entry in now if entry.get("manager") == manager])
    theirs = {_key(entry): entry for entry in now if entry.get("manager") != manager}
    for entry in before:
        if entry.get("manager") == manager:
            continue
        present = theirs.get(_key(entry))
        lost = _both(_less(entry.get("fieldsV1") or {}, (present or {}).get("fieldsV1") or {}), taken)
        if lost:
            fields = _united([(present or {}).get("fieldsV1") or {}, lost])
            theirs[_key(entry)] = {**entry, **(present or {}), "fieldsV1": fields}
            if fields == entry.get("fieldsV1"):
                theirs[_key(entry)] = dict(entry)  # with its own time
    order = {_key(entry): place for place, entry in enumerate(before)}
    return sorted(theirs.values(), key=lambda entry: order.get(_key(entry), len(order)))


def _key(entry: Json) -> tuple[str, ...]:
    return tuple(entry.get(name) or "" for name in _KEY)


def _united(trees: Sequence[Fields]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tree in trees:
        for name, inner in tree.items():
            found[name] = _united([found.get(name) or {}, inner or {}])
    return found


def _less(one: Fields, other: Fields) -> dict[str, Any]:
    """The leaves of one tree that the other lacks."""
    found: dict[str, Any] = {}
    for name, inner in one.items():
        if name not in other:
            found[name] = inner
        elif inner and (rest := _less(inner, other[name] or {})):
            found[name] = rest
    return found


def _both(one: Fields, other: Fields) -> dict[str, Any]:
    """What is in both trees; where one of them stops at a field, all below it in the other.

    Whoever loses all keys of a mapping loses the mapping itself (`.`), which nobody else gets by that.
    """
    found: dict[str, Any] = {}
    for name, inner in one.items():
        if name not in other:
            if name == _ITSELF:
                found[name] = inner
            continue
        theirs = other[name]
        if not inner or not theirs:
            found[name] = inner or theirs
        elif rest := _both(inner, theirs):
            found[name] = rest
    return found
