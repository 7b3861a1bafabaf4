"""What pydantic's errors mean for the one who wrote the file, and what to do about them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic_core import ErrorDetails

from seatrial.files.nearest import listed, nearest
from seatrial.files.node import ListNode, MapNode, Node, Path, ScalarNode
from seatrial.files.places import Place, examples_of, keys_of, members, model_of

Told = tuple[str, str]
"""Message and hint."""

_LIST, _KEYS, _TEXT = "a list", "a mapping of keys", "a text"
_WHOLE, _NUMBER, _FLAG = "a whole number", "a number", "`true` or `false`"
_REMEDIES: Mapping[str, str] = {
    _LIST: "write it as `[one, two]`, or each item on a line of its own after `- `",
    _TEXT: "put it in quotes",
    _WHOLE: "write digits alone, such as `3`",
    _NUMBER: "write digits alone, such as `0.5`",
    _FLAG: "write `true` or `false`; since YAML 1.2 `yes`, `no`, `on` and `off` are texts",
    "a date": "write it as `2030-12-31`",
    "a time": "write it as `23:59`",
    "a date with a time": "write it as `2030-12-31T23:59:00Z`",
    "a UUID": "write it as `123e4567-e89b-12d3-a456-426614174000`",
    "a URL": "write it as `http://127.0.0.1:8080/path`",
    "a path": "write the path of a file",
    "a file that is there": "mend the path, or make the file",
    "a folder that is there": "mend the path, or make the folder",
    "a path that is free": "choose another path, or move away what is there",
    "a span of time": "write it by ISO 8601, such as `PT30S`",
    "an IP address": "write it as `127.0.0.1`",
    "an IP network": "write it as `10.0.0.0/8`",
    "a text of JSON": "write JSON within quotes, such as '{\"a\": 1}'",
}
_WANTED: Mapping[str, str] = {
    **dict.fromkeys(("string_type", "string_unicode", "bytes_type", "string_not_ascii"), _TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(
        ("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"), _NUMBER
    ),
    **dict.fromkeys(("complex_type", "complex_str_parsing", "fraction_type", "fraction_parsing"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _FLAG),
    **dict.fromkeys(
        ("tuple_type", "list_type", "set_type", "frozen_set_type", "deque_type", "iterable_type"), _LIST
    ),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), _KEYS
    ),
    **dict.fromkeys(("ordered_dict_type", "frozen_dict_type", "counter_type", "named_tuple_type"), _KEYS),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "a date"),
    **dict.fromkeys(("date_from_datetime_inexact",), "a date"),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), "a span of time"),
    **dict.fromkeys(("ip_v4_address", "ip_v6_address", "ip_any_address"), "an IP address"),
    **dict.fromkeys(("ip_v4_network", "ip_v6_network", "ip_any_network"), "an IP network"),
    **dict.fromkeys(("ip_v4_interface", "ip_v6_interface", "ip_any_interface"), "an IP network"),
    **dict.fromkeys(("json_type", "json_invalid"), "a text of JSON"),
    **dict.fromkeys(("time_type", "time_parsing"), "a time"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), "a date with a time"
    ),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), "a UUID"),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation"), "a URL"),
    "path_type": "a path",
    "path_not_file": "a file that is there",
    "path_not_directory": "a folder that is there",
    "path_exists": "a path that is free",
}


def _more_than(word: str) -> Callable[[Mapping[str, Any]], Told]:
    def told(context: Mapping[str, Any]) -> Told:
        bound = next(iter(context.values()), "")
        return f"must be {word} {_number(bound)}", f"write a value that is {word} {_number(bound)}"

    return told


def _number(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, int | float) else str(bound)


def _length(fewest: bool, what: str) -> Callable[[Mapping[str, Any]], Told]:
    def told(context: Mapping[str, Any]) -> Told:
        bound = int(context.get("min_length" if fewest else "max_length", 1))
        if fewest and bound == 1:
            return "is empty", f"give it at least one {what}, or remove its key"
        plural = what if bound == 1 else f"{what}s"
        words = "at least" if fewest else "at most"
        return f"must have {words} {bound} {plural}", "write more" if fewest else "shorten it"

    return told


_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "greater_than": _more_than("above"),
    "greater_than_equal": _more_than("at least"),
    "less_than": _more_than("below"),
    "less_than_equal": _more_than("at most"),
    "multiple_of": _more_than("a multiple of"),
    "string_too_short": _length(True, "character"),
    "string_too_long": _length(False, "character"),
    "bytes_too_short": _length(True, "character"),
    "bytes_too_long": _length(False, "character"),
    "url_too_long": _length(False, "character"),
    "too_short": _length(True, "item"),
    "too_long": _length(False, "item"),
}
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
    if kind in _BOUNDS:
        message, hint = _BOUNDS[kind](error.get("ctx", {}))
        return f"{subject(place.path)} {message}{_but(place)}", hint
    if kind in _WANTED and place.is_key:
        return f"the key {subject(place.path)} must be {_WANTED[kind]}", _REMEDIES[_WANTED[kind]]
    if kind in _WANTED:
        wanted = _WANTED[kind]
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
    if wanted == _KEYS:
        keys = keys_of(place.kind)
        return (
            f"write its keys below it: {listed(keys)}"
            if keys
            else "write its keys below it, each as `key: value`"
        )
    if wanted == _TEXT and not isinstance(place.node, ScalarNode):
        return _form(place) or "write a single text"
    return _REMEDIES[wanted]


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
