"""YAML with comments, as a person would write it: blocks for what is long, one line for what is short."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WIDTH: Final = 100
_PLAIN: Final = re.compile(
    r"[A-Za-z/][\w./-]*(?: [A-Za-z][\w./-]*)*|\d+(?:\.\d+)?(?: (?:ms|s|min|h)|%)", re.ASCII
)
_NO_TEXT: Final = frozenset(
    {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "none", "nan", "inf"}
)


@dataclass(frozen=True, eq=False)
class Remark:
    """A comment; as a key of a mapping, with no value, it stands before the key that follows."""

    text: str


def written(tree: Mapping[Any, Any]) -> str:
    """The document; mappings may hold remarks."""
    return "\n".join(line.rstrip() for line in _mapping(tree, "")) + "\n"


def as_remark(title: str, value: Any) -> Remark:
    """What is kept as a comment: a sentence, and the value below it."""
    told = json.dumps(value, indent=2, ensure_ascii=False)
    return Remark(f"{title} {told}" if "\n" not in told else f"{title}\n{told}")


def commented(title: str, tree: Mapping[Any, Any]) -> Remark:
    """A part of a document to be taken out of its comment by a person."""
    return Remark(f"{title}\n{written(tree).rstrip()}")


def _mapping(tree: Mapping[Any, Any], pad: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(key, Remark):
            yield from (f"{pad}# {_shown(line)}" for line in key.text.split("\n"))
        else:
            yield from _entry(f"{pad}{scalar(key)}:", value, pad)


def _entry(head: str, value: Any, pad: str) -> Iterator[str]:
    flow = _flow(value)
    if flow is not None and len(head) + len(flow) < _WIDTH:
        yield f"{head} {flow}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, pad + "  ")
    elif _is_list(value):
        yield head
        for item in value:
            yield from _item(item, pad + "  ")
    else:
        yield f"{head} {scalar(value)}"


def _item(item: Any, pad: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item and _flow(item) is None:
        lines = list(_mapping(item, pad + "  "))
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("# "))
        yield from (line[2:] for line in lines[:first])  # what is remarked of an item stands before it
        yield f"{pad}- {lines[first].lstrip()}"
        yield from lines[first + 1 :]
    else:
        yield from _entry(f"{pad}-", item, pad)


def _flow(value: Any) -> str | None:
    """On one line, where there is no remark in it and it is not long; scalars always are."""
    if isinstance(value, Mapping):
        parts = [(None if isinstance(k, Remark) else scalar(k), _flow(v)) for k, v in value.items()]
        if any(key is None or inner is None for key, inner in parts):
            return None
        told = "{" + ", ".join(f"{key}: {inner}" for key, inner in parts) + "}"
    elif _is_list(value):
        inner = [_flow(item) for item in value]
        if None in inner:
            return None
        told = "[" + ", ".join(filter(None, inner)) + "]"
    else:
        return scalar(value)
    return told if len(told) < _WIDTH - 20 else None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def scalar(value: Any) -> str:
    """One value; texts in quotes unless nobody could take them for anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n":
        return "\\n"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shown(line: str) -> str:
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in line)
