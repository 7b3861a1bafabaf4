"""What pydantic's errors mean for the one who wrote the file, and what to do about them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic_core import ErrorDetails

from seatrial.files.nearest import listed, nearest
from seatrial.files.node import ListNode, MapNode, Node, Path, ScalarNode
from seatrial.files.places import Place, examples_of, keys_of, members, model_of
from seatrial.files.wanted import BOUNDS, KEYS, REMEDIES, TEXT, WANTED, Told

_IMPERATIVE = re.compile(
    r"[:;] (?=(?:write|use|give|add|remove|name|say|rename|mend|choose|put|select|leave|make|quote|set|split|"
    r"shorten|raise|lower)\b)|; (?=there is|there are|it reads)"
)
"""Where `what is wrong: what to do` is parted."""


def explain(error: ErrorDetails, place: Place) -> Told:
    """Say what is wrong and what to do; the place tells what may stand there."""
    kind = error["type"]
    if kind != "missing" and not place.is_key and _is_null(place.node):
        return f"{subject(place.path)} has no value", f"{_form(place) or 'write one'}, or remove the key"
    if kind in BOUNDS:
        message, hint = BOUNDS[kind](error.get("ctx", {}))
        return f"{subject(place.path)} {message}{_but(place)}", hint
    if kind in WANTED and place.is_key:
        return f"the key {subject(place.path)} must be {WANTED[kind]}", REMEDIES[WANTED[kind]]
    if kind in WANTED:
        wanted = WANTED[kind]
        return f"{subject(place.path)} must be {wanted}, not {shown(place.node)}", _remedy(wanted, place)
    return _EXPLAINED.get(kind, _anything_else)(error, place)


def _is_null(node: Node | None) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def subject(path: Path) -> str:
    """What the sentence is about: `` `for` ``, item 2 of `` `tags` ``."""
    if not path:
        return "the experiment"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {subject(path[:-1])}"
    return f"`{path[-1]}`"


def shown(node: Node | None) -> str:
    """A value in a sentence, and what it is."""
    if isinstance(node, MapNode):
        return "keys and values"
    if isinstance(node, ListNode):
        return "a list"
    value = node.value if node else None
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 60 else value[:57] + '...'}'"
    if value is None:
        return "nothing"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"the number {value:.12g}"


def _missing(_: ErrorDetails, place: Place) -> Told:
    return f"{subject(place.path)} is missing", _form(place) or f"add {_example(place.path[-1])}"


def _example(element: str | int) -> str:
    return f"`{element}: ...`" if isinstance(element, str) else "it to the list"


def unknown_key(_: ErrorDetails, place: Place) -> Told:
    """The nearest right key, or where this one belongs, or all that there are."""
    key = str(place.path[-1])
    guess = nearest(key, place.keys)
    if guess:
        return f"unknown key `{key}`", f"did you mean `{guess}`?"
    return (
        f"unknown key `{key}`",
        f"the keys here are {listed(place.keys)}" if place.keys else "remove it; there are no keys here",
    )


def belongs_under(key: str, parent: Any) -> str | None:
    """The key of the parent whose own keys hold this one: `max_targets` belongs under `blast_radius`."""
    return next((name for name, kind in keys_of(parent).items() if key in keys_of(kind)), None)


def choices(place: Place) -> tuple[str, ...]:
    """The words that may stand here."""
    found: list[str] = []
    for option in members(place.kind):
        origin: Any = get_origin(option)
        if origin is Literal:
            found += [str(value) for value in get_args(option)]
        elif isinstance(option, type) and hasattr(option, "__members__"):
            found += [str(member.value) for member in option.__members__.values()]
    return tuple(found)


def _not_of(_: ErrorDetails, place: Place) -> Told:
    words = choices(place)
    value = place.node.value if isinstance(place.node, ScalarNode) else None
    guess = nearest(value, words) if isinstance(value, str) else None
    meant = f"did you mean `{guess}`? Or " if guess else ""
    others = [word for word in words if word != guess]
    hint = f"{meant}write {listed(others, 'or')}" if others else f"write `{guess}`"
    return f"{subject(place.path)} cannot be {shown(place.node)}", hint


def _not_of_form(error: ErrorDetails, place: Place) -> Told:
    pattern = str(error["ctx"]["pattern"])
    if pattern.startswith("^[A-Za-z][A-Za-z0-9_-]{0,"):
        name = (
            f"the name {subject(place.path)}"
            if place.is_key
            else f"{subject(place.path)}, {shown(place.node)},"
        )
        return f"{name} is not a name", "write up to 64 letters, digits, `_` and `-`, a letter first"
    if pattern == "^/":
        return (
            f"{subject(place.path)} must begin with `/`{_but(place)}",
            "write path and query alone, such as `/health`",
        )
    return (
        f"{subject(place.path)} has the wrong form{_but(place)}",
        f"write it to match the pattern {pattern}",
    )


def _but(place: Place) -> str:
    return (
        f", not {shown(place.node)}" if isinstance(place.node, ScalarNode) and place.node.value != "" else ""
    )


def _of_a_validator(error: ErrorDetails, place: Place) -> Told:
    """Our own validators write `what is wrong: what to do`."""
    message = str(error.get("ctx", {}).get("error", error["msg"]))
    parts = _IMPERATIVE.split(message, maxsplit=1)
    wrong = parts[0] if parts[0].startswith(("`", "'")) else f"{subject(place.path)}: {parts[0]}"
    return wrong, parts[1] if len(parts) == 2 else _form(place) or f"mend {subject(place.path)}"


def _remedy(wanted: str, place: Place) -> str:
    if wanted == KEYS:
        keys = keys_of(place.kind)
        return (
            f"write its keys below it: {listed(keys)}"
            if keys
            else "write its keys below it, each as `key: value`"
        )
    if wanted == TEXT and not isinstance(place.node, ScalarNode):
        return _form(place) or "write a single text"
    return REMEDIES[wanted]


def _form(place: Place) -> str:
    """What belongs here, in words."""
    words, keys, examples = choices(place), keys_of(place.kind), examples_of(place.kind)
    if words:
        return f"write {'one of ' if len(words) > 1 else ''}{listed(words, 'or')}"
    if examples:
        return f"write it like {listed(examples, 'or')}"
    if keys and model_of(place.kind):
        return f"write its keys below it: {listed(keys)}"
    return ""


def _anything_else(error: ErrorDetails, place: Place) -> Told:
    told = str(error["msg"]).replace("Input should", "it should").replace("Value ", "it ").rstrip(".")
    return f"{subject(place.path)} cannot be {shown(place.node)}: {told}", _form(
        place
    ) or f"mend {subject(place.path)}"


_EXPLAINED: Mapping[str, Callable[[ErrorDetails, Place], Told]] = {
    "value_error": _of_a_validator,
    "assertion_error": _of_a_validator,
    "missing": _missing,
    "extra_forbidden": unknown_key,
    "literal_error": _not_of,
    "enum": _not_of,
    "string_pattern_mismatch": _not_of_form,
}
