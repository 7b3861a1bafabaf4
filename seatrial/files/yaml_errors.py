"""What YAML's own errors mean, and what to do about them."""

import re
from typing import Any

from seatrial.files.node import Spot
from seatrial.files.problem import InvalidFile
from seatrial.files.source import Source

_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (r"found character '\\t'", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        r"found character '(.)' that cannot start",
        "a value cannot begin with `{0}`",
        "put the value in quotes",
    ),
    (
        r"mapping values are not allowed",
        "this `:` is not expected here",
        "put a text that holds `: ` in quotes, or mend the indentation of this line",
    ),
    (
        r"could not find expected ':'",
        "this line is not `key: value`",
        "put a colon and a space after the key, or mend the indentation",
    ),
    (
        r"expected ',' or '(.)'",
        "this is not closed or not separated",
        "put a `,` or a `{0}` where it belongs",
    ),
    (r"unexpected end of stream", "the quotes that begin here are not closed", "close them"),
    (
        r"unknown escape character '(.*)'",
        "`\\{0}` is no escape",
        "use single quotes, or write `\\\\` for a backslash",
    ),
    (r"sequence entries are not allowed", "a list cannot begin here", "begin it on a line of its own"),
    (
        r"expected <block end>, but found '(\?|<block mapping start>)'",
        "this key does not fit what is above it",
        "mend its indentation: keys of one mapping begin in the same column, list items with `- `",
    ),
    (
        r"expected <block end>, but found '(-|<block sequence start>)'",
        "this list item does not fit what is above it",
        "mend its indentation: the items of a list begin in the same column",
    ),
    (
        r"expected <block end>",
        "this does not fit what is above it",
        "mend the indentation, or close a quote that was opened above",
    ),
    (
        r"expected the node content, but found '(.*)'",
        "a value is missing before `{0}`",
        "write the value, or put it in quotes",
    ),
    (r"tag handle|a tag|URI", "a value cannot begin with `!`", "put the value in quotes"),
    (
        r"alphabetic or numeric|anchor|alias",
        "`&` and `*` at the beginning mean an anchor",
        "put the value in quotes",
    ),
    (
        r"chomping or indentation|comment or a line break",
        "a text cannot stand beside `|` or `>`",
        "begin it on the next line",
    ),
    (r"YAML document|directive", "this directive is not known", "remove the line that begins with `%`"),
)
_WHERE_IT_BEGAN = ("while scanning a quoted scalar", "while scanning a simple key")


def explained(source: Source, error: Any) -> InvalidFile:
    """The error of ruamel.yaml in the user's words."""
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    began = getattr(error, "context_mark", None)
    if began is not None and (error.context in _WHERE_IT_BEGAN or "<stream end>" in problem):
        mark = began
    spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
    if "expected ',' or" in problem and "${" in _before(source, spot):
        hint = 'put it in quotes, as in {share: "${share}"}: a bare `}` ends the braces around it'
        return source.invalid(spot, "a `${...}` between braces is not in quotes", hint)
    for pattern, message, hint in _MEANINGS:
        match = re.search(pattern, problem)
        if match:
            return source.invalid(spot, message.format(*match.groups()), hint.format(*match.groups()))
    return source.invalid(
        spot, f"this is not YAML: {problem}", "mend this line; `seatrial init` writes an example"
    )


def _before(source: Source, spot: Spot) -> str:
    return "".join(source.text.splitlines()[spot.line - 1 : spot.line])[: spot.column]
