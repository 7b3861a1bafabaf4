"""A document as a tree whose every key and value knows where it stands."""

from typing import NamedTuple

import msgspec

from seatrial.model.record import JsonValue


class Spot(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]
"""The way from the root to a node: keys and indexes."""


class ScalarNode(msgspec.Struct, frozen=True):
    """A text, number, flag or nothing."""

    spot: Spot
    value: Scalar


class ListNode(msgspec.Struct, frozen=True):
    """A list of nodes."""

    spot: Spot
    items: tuple["Node", ...]


class Entry(NamedTuple):
    """A value and the place of its key."""

    key_spot: Spot
    node: "Node"


class MapNode(msgspec.Struct, frozen=True):
    """Keys with their values, in the order of the file."""

    spot: Spot
    entries: dict[str, Entry]


Node = ScalarNode | ListNode | MapNode


def plain(node: Node) -> JsonValue:
    """The tree without its places."""
    if isinstance(node, MapNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def words(node: Node) -> set[str]:
    """Every key and every text of the tree."""
    if isinstance(node, MapNode):
        return set(node.entries).union(*(words(entry.node) for entry in node.entries.values()))
    if isinstance(node, ListNode):
        return set[str]().union(*map(words, node.items))
    return {node.value} if isinstance(node.value, str) else set()


def child(node: Node | None, element: str | int) -> Entry | None:
    """One step down; None where there is nothing of that name."""
    if isinstance(node, MapNode):
        return node.entries.get(str(element)) if isinstance(element, str) else None
    if isinstance(node, ListNode) and isinstance(element, int) and 0 <= element < len(node.items):
        return Entry(node.items[element].spot, node.items[element])
    return None


def at(root: Node, way: Path) -> Node | None:
    """The node at the end of a way; None where there is none."""
    node: Node | None = root
    for element in way:
        step = child(node, element)
        node = step.node if step else None
    return node


def scalar_on(root: Node, way: Path) -> tuple[Path, ScalarNode]:
    """The scalar at the end of a way, or before: `{load: p95}` is short for `{load: {metric: p95}}`."""
    node = root
    for length, element in enumerate(way):
        if isinstance(node, ScalarNode):
            return way[:length], node
        step = child(node, element)
        if step is None:
            raise KeyError(way)
        node = step.node
    if not isinstance(node, ScalarNode):
        raise KeyError(way)
    return way, node


def replaced(node: Node, path: Path, value: Node | None, key: str | None = None) -> Node:
    """A copy with the node at `path` replaced (None removes it) and, where given, its key renamed."""
    if not path:
        assert value is not None
        return value
    head, rest = path[0], path[1:]
    if isinstance(node, MapNode) and isinstance(head, str):
        return MapNode(node.spot, _replaced_entries(node, head, rest, value, key))
    if isinstance(node, ListNode) and isinstance(head, int):
        items = list(node.items)
        items[head : head + 1] = (
            [] if not rest and value is None else [replaced(items[head], rest, value, key)]
        )
        return ListNode(node.spot, tuple(items))
    return node


def _replaced_entries(
    node: MapNode, head: str, rest: Path, value: Node | None, key: str | None
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for name, entry in node.entries.items():
        if name != head:
            entries[name] = entry
        elif rest:
            entries[name] = Entry(entry.key_spot, replaced(entry.node, rest, value, key))
        elif value is not None:
            entries[key or name] = Entry(entry.key_spot, value)
    return entries
