"""A document against the model: an experiment, or every problem with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seatrial.files.explain import Told, belongs_under, choices, explain, shown, subject
from seatrial.files.nearest import listed, nearest
from seatrial.files.node import (
    Entry,
    ListNode,
    MapNode,
    Node,
    Path,
    ScalarNode,
    Spot,
    at,
    child,
    plain,
    replaced,
)
from seatrial.files.places import Place, locate, members, model_of
from seatrial.model.experiment import Experiment

ROUNDS_MAX = 3
"""A misspelt key hides what is below it: it is mended and looked at again, this often."""


@dataclass(frozen=True)
class Finding:
    """One problem before it has a file name."""

    path: Path
    spot: Spot
    told: Told


@dataclass(frozen=True)
class _Mending:
    """What a wrong word was probably meant to be; with no key and no value it is removed."""

    path: Path
    key: str | None = None
    value: Node | None = None
    home: str | None = None
    """The neighbour under which it belongs."""

    def on(self, root: Node) -> Node:
        if self.home is None:
            return replaced(root, self.path, self.value, self.key)
        parent, key = at(root, self.path[:-1]), str(self.path[-1])
        if not isinstance(parent, MapNode) or key not in parent.entries:
            return root
        entries = dict(parent.entries)
        moved = entries.pop(key)
        home = entries.get(self.home, Entry(moved.key_spot, MapNode(moved.key_spot, {})))
        if isinstance(home.node, MapNode):
            inner = MapNode(home.node.spot, {**home.node.entries, key: moved})
            entries[self.home] = Entry(home.key_spot, inner)
        return replaced(root, self.path[:-1], MapNode(parent.spot, entries))

    @property
    def meant(self) -> tuple[Path, ...]:
        """The ways of the keys that should have been written: that they are missing needs no word."""
        parent = self.path[:-1]
        if self.home is not None:
            return (*parent, self.home), (*parent, self.home, self.path[-1])
        return ((*parent, self.key),) if self.key else ()

    @property
    def removes(self) -> bool:
        return self.key is None and self.value is None and self.home is None


def validate(model: type[Experiment], root: Node) -> tuple[Experiment | None, list[Finding]]:
    """The experiment, or None and all that is wrong; nothing is told twice."""
    found: dict[tuple[Spot, str], Finding] = {}
    removed: list[Path] = []
    for number in range(ROUNDS_MAX):
        try:
            experiment = model.model_validate(plain(root))
        except ValidationError as error:
            findings, mendings = _findings(model, root, error.errors(include_url=False))
        else:
            return (experiment if number == 0 else None), list(found.values())
        for finding in findings:
            if not any(_is_about_parent(finding.path, path) for path in removed):
                found.setdefault((finding.spot, finding.told[0]), finding)
        if not mendings:
            break
        removed += [mending.path for mending in mendings if mending.removes]
        for mending in sorted(mendings, key=lambda m: str(m.path), reverse=True):
            root = mending.on(root)
    return None, list(found.values())


def _is_about_parent(path: Path, removed: Path) -> bool:
    return path in (removed[:-1], removed)


def _findings(
    model: type[Experiment], root: Node, errors: list[ErrorDetails]
) -> tuple[list[Finding], list[_Mending]]:
    located = [(error, locate(model, root, error["loc"])) for error in errors]
    located = [pair for pair in located if not _is_echo(pair, located)]
    findings: list[Finding] = []
    mendings: list[_Mending] = []
    for error, place in _one_per_choice(located):
        finding, mending = _finding(error, place, root, model)
        findings.append(finding)
        mendings += [mending] if mending else []
    meant = {way for mending in mendings for way in mending.meant}
    absent = {place.path for _, place in located if place.node is None}
    return [f for f in findings if f.path not in meant or f.path not in absent], mendings


Located = tuple[ErrorDetails, Place]


def _is_echo(pair: Located, others: list[Located]) -> bool:
    """A list whose items are all wrong also counts as too short."""
    error, place = pair
    if error["type"] != "too_short" or not isinstance(place.node, ListNode | MapNode):
        return False
    held = len(place.node.items if isinstance(place.node, ListNode) else place.node.entries)
    return held > 0 and any(
        len(p.path) > len(place.path) and p.path[: len(place.path)] == place.path for _, p in others
    )


def _one_per_choice(located: list[Located]) -> Iterator[Located]:
    """Where a value may be of several types, each complains: the complaints become one.

    An alternative that complains of what is inside the value was probably meant: it alone is heard.
    """
    seen: set[Path] = set()
    for error, place in located:
        if not place.in_union:
            yield error, place
        elif place.path not in seen and not _is_heard_inside(place, located):
            seen.add(place.path)
            wrongs = [e for e, p in located if p.path == place.path and p.in_union]
            yield (_merged(wrongs) if len(wrongs) > 1 else error), place


def _is_heard_inside(place: Place, located: list[Located]) -> bool:
    depth = len(place.path)
    return any(p.in_union and len(p.path) > depth and p.path[:depth] == place.path for _, p in located)


def _merged(errors: list[ErrorDetails]) -> ErrorDetails:
    merged = errors[0].copy()
    merged["type"] = "fits_no_alternative"
    merged["ctx"] = {"types": [error["type"] for error in errors]}
    return merged


def _finding(
    error: ErrorDetails, place: Place, root: Node, model: type[Experiment]
) -> tuple[Finding, _Mending | None]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(error, place, root, model)
    if kind == "union_tag_not_found":
        return _no_tag(error, place)
    if kind == "union_tag_invalid":
        return _wrong_tag(error, place)
    if kind == "fits_no_alternative":
        told = f"{subject(place.path)} cannot be {shown(place.node)}", _alternatives(error["ctx"]["types"])
        return Finding(place.path, place.spot, told), None
    if kind == "literal_error" and place.path and place.path[-1] == "action":
        return _wrong_action(place, choices(place))
    told = explain(error, place)
    return Finding(place.path, _spot_of(place, told[0], kind, root), told), None


def _spot_of(place: Place, message: str, kind: str, root: Node) -> Spot:
    """Of the value or key that a sentence about a whole mapping or list begins with, else of the whole."""
    if kind in ("value_error", "assertion_error"):
        whole = place.node if place.node is not None else at(root, place.path[:-1])
        quoted = _quoted(whole, message) if isinstance(whole, MapNode | ListNode) else None
        if quoted:
            return quoted
    return place.spot if place.spot.line == place.key_spot.line else place.key_spot


def _quoted(node: Node, message: str) -> Spot | None:
    entries = node.entries.items() if isinstance(node, MapNode) else ()
    for key, entry in entries:
        if message.startswith((f"`{key}`", f"`{key}:")):
            return entry.key_spot
    inner = [entry.node for _, entry in entries] if isinstance(node, MapNode) else []
    for child_node in inner + list(node.items if isinstance(node, ListNode) else ()):
        if not isinstance(child_node, ScalarNode):
            spot = _quoted(child_node, message)
        else:
            is_it = isinstance(child_node.value, str) and message.startswith(repr(child_node.value.strip()))
            spot = child_node.spot if is_it else None
        if spot:
            return spot
    return None


_ALTERNATIVES = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
}


def _alternatives(types: list[str]) -> str:
    words = dict.fromkeys(_ALTERNATIVES.get(t.split("_")[0], _container(t)) for t in types)
    if "a number" in words:
        words.pop("a whole number", None)
    return f"write {' or '.join(words)}"


def _container(kind: str) -> str:
    return "a list" if kind.split("_", maxsplit=1)[0] in ("list", "tuple", "set") else "keys and values"


def _unknown_key(
    error: ErrorDetails, place: Place, root: Node, model: type[Experiment]
) -> tuple[Finding, _Mending]:
    key, parent_path = str(place.path[-1]), place.path[:-1]
    message, hint = explain(error, place)
    parent = locate(model, root, parent_path)
    guess = nearest(key, place.keys)
    taken = isinstance(parent.node, MapNode) and guess in parent.node.entries
    home = belongs_under(key, _model_at(parent))
    if home and (guess is None or taken or home == guess):
        hint = f"it belongs under `{home}:`"
        return Finding(place.path, place.key_spot, (message, hint)), _Mending(place.path, home=home)
    mending = _Mending(place.path, guess, place.node) if guess and not taken else _Mending(place.path)
    return Finding(place.path, place.key_spot, (message, hint)), mending


def _model_at(parent: Place) -> object:
    """The model at a place; behind a tag, the one that the file's own tag names."""
    options = members(parent.kind)
    if len(options) < 2:
        return parent.kind
    tags = {str(e.node.value) for e in _entries(parent.node).values() if isinstance(e.node, ScalarNode)}
    for option in options:
        chosen = model_of(option)
        if chosen and any(
            tags & set(choices(replace(parent, kind=f.annotation))) for f in chosen.model_fields.values()
        ):
            return option
    return None


def _entries(node: Node | None) -> dict[str, Entry]:
    return node.entries if isinstance(node, MapNode) else {}


def _no_tag(error: ErrorDetails, place: Place) -> tuple[Finding, _Mending | None]:
    tag = str(error["ctx"]["discriminator"]).strip("'")
    if isinstance(place.node, MapNode):
        given = child(place.node, tag)
        if given:
            told = (
                f"`{tag}` must be a text, not {shown(given.node)}",
                f"it is one of {listed(_tag_words(place, tag))}",
            )
            return Finding((*place.path, tag), given.node.spot, told), None
        for key, entry in place.node.entries.items():
            known = {
                name for option in members(place.kind) if (m := model_of(option)) for name in m.model_fields
            }
            if nearest(key, [tag]) and key not in known:
                told = f"unknown key `{key}`", f"did you mean `{tag}`?"
                return Finding((*place.path, key), entry.key_spot, told), _Mending(
                    (*place.path, key), tag, entry.node
                )
        told = f"`{tag}` is missing", f"say one of {listed(_tag_words(place, tag))}"
        return Finding((*place.path, tag), place.spot, told), None
    told = (
        f"{subject(place.path)} must be a mapping of keys, not {shown(place.node)}",
        f"begin it with `{tag}: ...`",
    )
    return Finding(place.path, place.spot, told), None


def _tag_words(place: Place, tag: str) -> tuple[str, ...]:
    models = [m for option in members(place.kind) if (m := model_of(option))]
    kinds = [m.model_fields[tag].annotation for m in models if tag in m.model_fields]
    return tuple(word for kind in kinds for word in choices(replace(place, kind=kind)))


def _wrong_tag(error: ErrorDetails, place: Place) -> tuple[Finding, _Mending | None]:
    tag = str(error["ctx"]["discriminator"]).strip("'")
    given = child(place.node, tag)
    if given is None:  # an action that could not be spelt as a text
        return Finding(place.path, place.spot, (f"`{tag}` is missing", "add it")), None
    at = replace(
        place, path=(*place.path, tag), node=given.node, spot=given.node.spot, key_spot=given.key_spot
    )
    return _wrong_action(at, _tag_words(place, tag))


def _wrong_action(place: Place, words: tuple[str, ...]) -> tuple[Finding, _Mending | None]:
    value = place.node.value if isinstance(place.node, ScalarNode) else None
    guess = nearest(str(value), words)
    hint = (
        f"did you mean `{guess}`?" if guess else f"there are {listed(words)}; `--pack DIR` adds a team's own"
    )
    told = f"there is no {place.path[-1]} `{value}`", hint
    mending = _Mending(place.path, value=ScalarNode(place.spot, guess)) if guess else None
    return Finding(place.path, place.spot, told), mending
