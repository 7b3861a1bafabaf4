"""JSON into nodes: the scalars by the standard library, the containers here, for their places."""

import json
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from seatrial.files.node import Entry, ListNode, MapNode, Node, Scalar, ScalarNode
from seatrial.files.problem import InvalidFile, Problem
from seatrial.files.scalar import DIGITS_MAX, AmbiguousScalar, finite
from seatrial.files.source import Source
from seatrial.files.yaml_reader import DEPTH_MAX, NODES_MAX

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_HINTS = {
    "Expecting value": "write a value: a text in double quotes, a number, true, false, null, [...] or {...}",
    "Invalid control character": "write \\n for a new line and \\t for a tab within a text",
    "Invalid \\escape": "write \\\\ for a backslash",
    "Invalid \\uXXXX escape": "write four hexadecimal digits after \\u",
    "Unterminated string": "close it with a double quote",
}


def read_json(source: Source) -> tuple[Node, list[Problem]]:
    """The tree and what is wrong in it; raises InvalidFile where JSON itself is broken."""
    reader = _Reader(source)
    return reader.document(), reader.problems


def _refuse_constant(name: str) -> NoReturn:
    raise AmbiguousScalar(f"{name} is not JSON", "write a finite number")


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise AmbiguousScalar(f"a number of {len(text)} digits is too large", "write a smaller number")
    return int(text)


def decoder(
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> json.JSONDecoder:
    """One that raises AmbiguousScalar for a number that is none: NaN, or too large."""
    return json.JSONDecoder(
        object_pairs_hook=object_pairs_hook,
        parse_float=lambda text: finite(float(text), text),
        parse_int=_integer,
        parse_constant=_refuse_constant,
    )


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.problems: list[Problem] = []
        self._nodes = 0
        self._decoder = decoder()

    def document(self) -> Node:
        node, end = self._value(self._skip(0), 0)
        end = self._skip(end)
        if end != len(self.text):
            raise self._broken(
                end, "the document has ended before this", "remove what follows the last bracket"
            )
        return node

    def _skip(self, at: int) -> int:
        blank = _BLANK.match(self.text, at)
        return blank.end() if blank is not None else at

    def _broken(self, at: int, message: str, hint: str) -> InvalidFile:
        return self.source.invalid(self.source.spot_at(at), message, hint)

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise self._broken(
                at, f"more than {NODES_MAX} values", "write fewer; an experiment has some dozen"
            )
        if depth > DEPTH_MAX:
            raise self._broken(at, f"nested more than {DEPTH_MAX} deep", "write it flatter")
        first = self.text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._array(at, depth)
        value, end = self._scalar(at)
        return ScalarNode(self.source.spot_at(at), value), end

    def _scalar(self, at: int) -> tuple[Scalar, int]:
        try:
            value, end = self._decoder.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            hint = next((hint for start, hint in _HINTS.items() if error.msg.startswith(start)), "write JSON")
            if self.text[at : at + 1] == "'":
                hint = "write texts in double quotes"
            raise self._broken(error.pos, f"JSON: {error.msg.removesuffix(' at')}", hint) from None
        except AmbiguousScalar as error:
            raise self._broken(at, str(error), error.hint) from None
        if isinstance(value, str) and _NO_CHARACTER.search(value) is not None:
            raise self._broken(
                at, "this text holds an escape that is no character", "remove \\u0000 or \\ud800 to \\udfff"
            )
        assert value is None or isinstance(value, str | int | float | bool)
        return value, end

    def _array(self, begin: int, depth: int) -> tuple[ListNode, int]:
        items: list[Node] = []
        at = self._skip(begin + 1)
        while not self._closes(at, "]", bool(items)):
            at = self._skip(at + 1) if items else at
            self._no_trailing_comma(at, "]")
            node, end = self._value(at, depth + 1)
            items.append(node)
            at = self._skip(end)
        return ListNode(self.source.spot_at(begin), tuple(items)), at + 1

    def _object(self, begin: int, depth: int) -> tuple[MapNode, int]:
        entries: dict[str, Entry] = {}
        at, first = self._skip(begin + 1), True
        while not self._closes(at, "}", not first):
            at, first = at if first else self._skip(at + 1), False
            self._no_trailing_comma(at, "}")
            spot, (key, end) = self.source.spot_at(at), self._key(at)
            at = self._skip(end)
            if self.text[at : at + 1] != ":":
                raise self._broken(at, f'a colon is missing after the key "{key}"', 'write `"key": value`')
            node, end = self._value(self._skip(at + 1), depth + 1)
            if key in entries:
                message = f"`{key}` stands here a second time"
                hint = f"remove one: the first is in line {entries[key].key_spot.line}"
                self.problems.append(self.source.problem(spot, message, hint))
            entries.setdefault(key, Entry(spot, node))
            at = self._skip(end)
        return MapNode(self.source.spot_at(begin), entries), at + 1

    def _key(self, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            raise self._broken(
                at, "a key in double quotes is expected here", 'write `"key": value`; JSON has no comments'
            )
        key, end = self._scalar(at)
        assert isinstance(key, str)
        return key, end

    def _closes(self, at: int, bracket: str, needs_comma: bool) -> bool:
        here = self.text[at : at + 1]
        if here == bracket:
            return True
        if not here:
            raise self._broken(
                at, f"the file ends before the closing `{bracket}`", f"write the missing `{bracket}`"
            )
        if needs_comma and here != ",":
            raise self._broken(
                at, f"a comma or `{bracket}` is missing before this", f"write the `,` or `{bracket}`"
            )
        return False

    def _no_trailing_comma(self, at: int, bracket: str) -> None:
        if self.text[at : at + 1] == bracket:
            raise self._broken(at, f"a comma stands before the closing `{bracket}`", "remove the comma")
