"""YAML into nodes: ruamel.yaml's events, composed here with bounds and with a place for everything."""

from collections.abc import Iterator
from typing import Any

from seatrial.files.node import Entry, ListNode, MapNode, Node, ScalarNode, Spot
from seatrial.files.problem import Problem
from seatrial.files.scalar import AmbiguousScalar, resolve_scalar
from seatrial.files.source import Source
from seatrial.files.yaml_errors import explained

NODES_MAX = 10_000
"""After aliases are expanded: a few kilobytes can otherwise mean billions of nodes."""
DEPTH_MAX = 50
_CORE = "tag:yaml.org,2002:"


def read_yaml(source: Source) -> tuple[Node, list[Problem]]:
    """The tree and what is wrong in it; raises InvalidFile where YAML itself is broken."""
    composer = _Composer(source)
    return composer.document(), composer.problems


def read_documents(source: Source) -> tuple[list[Node], list[Problem]]:
    """The trees of a file that may hold several, parted by `---`; raises InvalidFile as `read_yaml` does."""
    composer = _Composer(source)
    return composer.documents(), composer.problems


def _events(source: Source) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(source.text)
    except YAMLError as error:
        raise explained(source, error) from None


def _spot(event: Any) -> Spot:
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1)


class _Composer:
    """Takes events one by one, so that a hostile file is refused before it is held in memory."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._events = _events(source)
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open_anchors: set[str] = set()
        self._nodes = 0

    def document(self) -> Node:
        event = self._next()
        if event == "StreamEnd":
            raise self.source.invalid(
                Spot(1, 1),
                "there is nothing but comments in it",
                "`seatrial init` writes an experiment to begin with",
            )
        root = self._node(self._next_event(), 0)
        self._next()
        if self._next() != "StreamEnd":
            raise self.source.invalid(
                _spot(self._event),
                "a second document begins here",
                "write one experiment a file, without `---`",
            )
        return root

    def documents(self) -> list[Node]:
        found: list[Node] = []
        while self._next() != "StreamEnd":
            found.append(self._node(self._next_event(), 0))
            self._anchors.clear()
            self._next()
        return found

    def _next_event(self) -> Any:
        self._event = next(self._events)
        return self._event

    def _next(self) -> str:
        """The kind of the next event that is not the beginning of the stream."""
        kind = type(self._next_event()).__name__.removesuffix("Event")
        return self._next() if kind == "StreamStart" else kind

    def _report(self, spot: Spot, message: str, hint: str) -> None:
        self.problems.append(self.source.problem(spot, message, hint))

    def _count(self, spot: Spot, nodes: int = 1) -> None:
        self._nodes += nodes
        if self._nodes > NODES_MAX:
            raise self.source.invalid(
                spot,
                f"the file means more than {NODES_MAX} values, each alias (`*name`) counted anew",
                "write fewer; an experiment has some dozen",
            )

    def _node(self, event: Any, depth: int) -> Node:
        spot = _spot(event)
        if depth > DEPTH_MAX:
            raise self.source.invalid(spot, f"nested more than {DEPTH_MAX} deep", "write it flatter")
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event.anchor, spot)
        self._count(spot)
        before = self._nodes
        if event.anchor:
            self._open_anchors.add(event.anchor)
        self._check_tag(event, spot)
        node = self._content(kind, event, spot, depth)
        if event.anchor:
            self._open_anchors.discard(event.anchor)
            self._anchors[event.anchor] = (node, self._nodes - before + 1)
        return node

    def _content(self, kind: str, event: Any, spot: Spot, depth: int) -> Node:
        if kind == "MappingStartEvent":
            return self._mapping(spot, depth)
        if kind == "SequenceStartEvent":
            items: list[Node] = []
            while type(inner := self._next_event()).__name__ != "SequenceEndEvent":
                items.append(self._node(inner, depth + 1))
            return ListNode(spot, tuple(items))
        return self._scalar(event, spot)

    def _alias(self, name: str, spot: Spot) -> Node:
        if name in self._open_anchors:
            raise self.source.invalid(
                spot, f"`*{name}` contains itself", f"move `&{name}` to a part without `*{name}`"
            )
        if name not in self._anchors:
            raise self.source.invalid(
                spot,
                f"`*{name}` refers to nothing",
                f"mark a value above with `&{name}`, or quote it: '*{name}'",
            )
        node, size = self._anchors[name]
        self._count(spot, size)
        return node

    def _check_tag(self, event: Any, spot: Spot) -> None:
        tag = str(event.tag or "")
        if tag not in ("", "!", f"{_CORE}str"):
            shown = tag.replace(_CORE, "!!")
            self._report(
                spot, f"the tag `{shown}` is not known here", "remove it; only plain values are read"
            )

    def _scalar(self, event: Any, spot: Spot) -> ScalarNode:
        text = str(event.value)
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self._report(
                spot, "this text holds an escape that is no character", "remove \\0 and \\ud800 to \\udfff"
            )
            return ScalarNode(spot, "")
        if event.style or event.tag:
            return ScalarNode(spot, text)
        try:
            return ScalarNode(spot, resolve_scalar(text))
        except AmbiguousScalar as error:
            self._report(spot, str(error), error.hint)
            return ScalarNode(spot, text)

    def _mapping(self, spot: Spot, depth: int) -> MapNode:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while type(event := self._next_event()).__name__ != "MappingEndEvent":
            key_spot, key = _spot(event), self._key(event, depth)
            node = self._node(self._next_event(), depth + 1)
            if isinstance(node, ScalarNode) and node.value is None:
                node = ScalarNode(key_spot, None)
            if key == "<<":
                merged += node.items if isinstance(node, ListNode) else [node]
            elif key in entries:
                self._report(key_spot, *_twice(key, entries[key].key_spot))
            elif key is not None:
                entries[key] = Entry(key_spot, node)
        return MapNode(spot, self._with_merged(entries, merged))

    def _key(self, event: Any, depth: int) -> str | None:
        spot, kind = _spot(event), type(event).__name__
        node = self._node(event, depth + 1)
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, str):
            return value
        told = "a list or mapping" if kind != "ScalarEvent" else f"`{event.value}`, which is not a text,"
        hint = "write a word as the key" if kind != "ScalarEvent" else f"quote it: '{event.value}'"
        self._report(spot, f"{told} cannot be a key", hint)
        return None

    def _with_merged(self, entries: dict[str, Entry], merged: list[Node]) -> dict[str, Entry]:
        for node in merged:
            if isinstance(node, MapNode):
                entries = {**node.entries, **entries}
            else:
                self._report(node.spot, "`<<:` merges keys, and this has none", "name a mapping: `<<: *name`")
        return entries


def _twice(key: str, first: Spot) -> tuple[str, str]:
    return f"`{key}` stands here a second time", f"remove one: the first is in line {first.line}"
