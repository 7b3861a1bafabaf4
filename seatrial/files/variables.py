"""Variables: `${name}` of the file, `${env:NAME}` of the environment.

    file ─expand─▶ masked (variables in, `${env:NAME}` and `$${` still there) ─resolve─▶ real values

Only the masked form is ever written down. Whoever needs the real values, the guardian too, resolves
it where it runs, so that no secret is in a journal.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field

from seatrial.errors import InvalidInput
from seatrial.files.nearest import listed, nearest
from seatrial.files.node import Entry, ListNode, MapNode, Node, Scalar, ScalarNode
from seatrial.files.placeholder import BadPlaceholder, Environment, Escape, Variable, pieces
from seatrial.model.record import JsonValue

SECRET_CHARACTERS_MIN = 3
Report = Callable[[ScalarNode, BadPlaceholder], None]
"""Told of a text that cannot be expanded."""


class ToldElsewhere(BadPlaceholder):
    """A use of a variable whose own value is wrong: that is told where it is declared."""

    def __init__(self) -> None:
        super().__init__("", "")


@dataclass
class Variables:
    """The declared variables of a file, in masked form, and which of them were used."""

    values: Mapping[str, Scalar]
    broken: Set[str] = frozenset()
    """Declared, but without a value that could be used."""
    used: set[str] = field(default_factory=set)

    def expand(self, text: str) -> Scalar:
        """Put variables in; a text that is nothing but one variable takes its type."""
        found = list(pieces(text))
        if len(found) == 1 and isinstance(found[0], Variable):
            return self._value(found[0].name)
        return "".join(self._expanded(piece) for piece in found)

    def _expanded(self, piece: str | Variable | Environment | Escape) -> str:
        if isinstance(piece, Variable):
            return as_text(self._value(piece.name))
        if isinstance(piece, Environment):
            return piece.written
        return "$${" if isinstance(piece, Escape) else piece

    def _value(self, name: str) -> Scalar:
        if name in self.broken:
            raise ToldElsewhere
        if name not in self.values:
            raise BadPlaceholder(f"there is no variable `{name}`", self._remedy(name))
        self.used.add(name)
        return self.values[name]

    def _remedy(self, name: str) -> str:
        guess = nearest(name, self.values)
        if guess:
            return f"did you mean `${{{guess}}}`?"
        environment = f"write `${{env:{name}}}` for the environment's, `$${{{name}}}` for this very text"
        return f"declare it under `variables:`, or {environment}"


def as_text(value: Scalar) -> str:
    """A value within a longer text, as YAML would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def mapped(node: Node, change: Callable[[str], Scalar], report: Report) -> Node:
    """A copy of the tree with every text changed; texts that cannot be are reported and kept."""
    if isinstance(node, MapNode):
        entries = {
            key: Entry(entry.key_spot, mapped(entry.node, change, report))
            for key, entry in node.entries.items()
        }
        return MapNode(node.spot, entries)
    if isinstance(node, ListNode):
        return ListNode(node.spot, tuple(mapped(item, change, report) for item in node.items))
    if not isinstance(node.value, str):
        return node
    try:
        return ScalarNode(node.spot, change(node.value))
    except BadPlaceholder as error:
        report(node, error)
        return node


def without_variables(text: str) -> str:
    """The text itself; raises BadPlaceholder where it refers to a variable."""
    for piece in pieces(text):
        if isinstance(piece, Variable):
            raise BadPlaceholder(
                f"`${{{piece.name}}}` stands in a variable, and variables cannot refer to variables",
                "write its value, or use both variables where they are needed",
            )
    return text


def resolve_text(text: str, environ: Mapping[str, str]) -> str:
    """The real text of a masked one; raises BadPlaceholder for a variable that is not set."""
    return "".join(_resolved(piece, environ) for piece in pieces(text))


def _resolved(piece: str | Variable | Environment | Escape, environ: Mapping[str, str]) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Environment):
        return _from_environment(piece, environ)
    return "${" if isinstance(piece, Escape) else f"${{{piece.name}}}"


def _from_environment(piece: Environment, environ: Mapping[str, str]) -> str:
    value = environ.get(piece.name, piece.default)
    if value is None:
        guess = nearest(piece.name, environ)
        meant = f"did you mean `${{env:{guess}}}`? Or " if guess else ""
        raise BadPlaceholder(
            f"the environment has no {piece.name}",
            f"{meant}set it: `export {piece.name}=...`, or write a default: `${{env:{piece.name}:-default}}`",
        )
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise BadPlaceholder(f"{piece.name} in the environment is not UTF-8", "set it to a text")
    return value


def resolve_environment(value: JsonValue, environ: Mapping[str, str]) -> JsonValue:
    """The real values of a masked piece of a file; raises InvalidInput where one is not set."""
    if isinstance(value, dict):
        return {key: resolve_environment(inner, environ) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve_environment(inner, environ) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        return resolve_text(value, environ)
    except BadPlaceholder as error:
        raise InvalidInput(str(error), error.hint) from None


def secret_values(value: JsonValue, environ: Mapping[str, str]) -> dict[str, str]:
    """What a masked piece takes from the environment, by name; defaults are no secrets."""
    return {name: environ[name] for name in _environment_names(value) if environ.get(name)}


def _environment_names(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _environment_names(inner)
    elif isinstance(value, str):
        try:
            yield from [piece.name for piece in pieces(value) if isinstance(piece, Environment)]
        except BadPlaceholder:
            return


def scrubbed(text: str, secrets: Mapping[str, str]) -> str:
    """The text with every secret's value replaced by its `${env:NAME}`.

    Values of one or two characters stay: they are no secrets, and are in every sentence.
    """
    for name, value in sorted(secrets.items(), key=lambda item: -len(item[1])):
        if len(value) >= SECRET_CHARACTERS_MIN:
            text = text.replace(value, f"${{env:{name}}}")
    return text


def declared(
    section: Node | None, overrides: Mapping[str, str], environ: Mapping[str, str], report: Report
) -> Variables:
    """The values of `variables:` with `--set`'s in their place, in masked form."""
    entries = section.entries if isinstance(section, MapNode) else {}
    values: dict[str, Scalar] = {}
    for name, entry in entries.items():
        if isinstance(entry.node, ScalarNode):
            try:
                values[name] = _value_of(name, entry.node.value, overrides, environ)
            except BadPlaceholder as error:
                report(entry.node, error)
    return Variables(values, entries.keys() - values.keys())


def _value_of(name: str, default: Scalar, overrides: Mapping[str, str], environ: Mapping[str, str]) -> Scalar:
    value = _overriding(name, default, overrides[name]) if name in overrides else default
    if isinstance(value, str):
        resolve_text(without_variables(value), environ)
    return value


def _overriding(name: str, default: Scalar, text: str) -> Scalar:
    """What `--set` gives, in the type of the declared value."""
    if isinstance(default, str) or default is None or "${" in text:
        return text
    try:
        return _typed(default, text)
    except ValueError:
        wanted = "`true` or `false`" if isinstance(default, bool) else "a number"
        raise BadPlaceholder(
            f"variable `{name}` is {wanted}, but `--set {name}={text}` is not",
            f"give {wanted}, or quote it in the file",
        ) from None


def _typed(default: int | float, text: str) -> Scalar:
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if number - number != 0:  # infinite or not a number
            raise
        return number


def undeclared(overrides: Mapping[str, str], names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Message and hint for every `--set` that names no variable of the file."""
    for name in overrides:
        if name not in names:
            guess = nearest(name, names)
            known = f"the file has {listed(names)}" if names else "the file has no `variables:`"
            hint = f"did you mean `--set {guess}=...`?" if guess else f"{known}; declare it there first"
            yield f"`--set {name}=...`: there is no variable `{name}`", hint
