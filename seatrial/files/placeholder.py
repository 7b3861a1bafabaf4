"""`${name}`, `${env:NAME}`, `${env:NAME:-default}` and the escape `$${` within a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<inside>[^{}]*)(?P<end>\}?)")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ENVIRONMENT = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?", re.DOTALL)


class BadPlaceholder(ValueError):
    """A placeholder that cannot be read or has no value; `hint` tells how to write it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Variable:
    """`${name}`: a value of the file's `variables:`."""

    name: str


@dataclass(frozen=True)
class Environment:
    """`${env:NAME}`: a value of the environment, and so a secret."""

    name: str
    default: str | None
    written: str


@dataclass(frozen=True)
class Escape:
    """`$${`: a plain `${`."""


Piece = str | Variable | Environment | Escape


def pieces(text: str) -> Iterator[Piece]:
    """The text in pieces; raises BadPlaceholder."""
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        end = match.end()
        yield Escape() if match["escape"] else _placeholder(match)
    if end < len(text):
        yield text[end:]


def _placeholder(match: re.Match[str]) -> Variable | Environment:
    inside = match["inside"]
    if not match["end"]:
        raise BadPlaceholder(
            f"`{match[0][:40]}` has no closing brace", "close it with `}`, or write `$${` for a plain `${`"
        )
    if environment := _ENVIRONMENT.fullmatch(inside):
        default = environment["default"]
        return Environment(environment["name"], None if default is None else default[2:], match[0])
    if _VARIABLE.fullmatch(inside):
        return Variable(inside)
    raise BadPlaceholder(
        f"`{match[0]}` is not a placeholder",
        "write `${name}`, `${env:NAME}` or `${env:NAME:-default}`, or `$${` for a plain `${`",
    )
