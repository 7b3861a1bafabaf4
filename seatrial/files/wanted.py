"""pydantic's kinds of errors in plain words: what is wanted, and how it is written."""

from collections.abc import Callable, Mapping
from typing import Any

Told = tuple[str, str]
"""Message and hint."""

LIST, KEYS, TEXT = "a list", "a mapping of keys", "a text"
WHOLE, NUMBER, FLAG = "a whole number", "a number", "`true` or `false`"
REMEDIES: Mapping[str, str] = {
    LIST: "write it as `[one, two]`, or each item on a line of its own after `- `",
    TEXT: "put it in quotes",
    WHOLE: "write digits alone, such as `3`",
    NUMBER: "write digits alone, such as `0.5`",
    FLAG: "write `true` or `false`; since YAML 1.2 `yes`, `no`, `on` and `off` are texts",
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
WANTED: Mapping[str, str] = {
    **dict.fromkeys(("string_type", "string_unicode", "bytes_type", "string_not_ascii"), TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), WHOLE),
    **dict.fromkeys(
        ("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"), NUMBER
    ),
    **dict.fromkeys(("complex_type", "complex_str_parsing", "fraction_type", "fraction_parsing"), NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), FLAG),
    **dict.fromkeys(
        ("tuple_type", "list_type", "set_type", "frozen_set_type", "deque_type", "iterable_type"), LIST
    ),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), KEYS
    ),
    **dict.fromkeys(("ordered_dict_type", "frozen_dict_type", "counter_type", "named_tuple_type"), KEYS),
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


BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
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
