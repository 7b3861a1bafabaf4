"""A document against the model: an experiment, or every problem with its place."""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seatrial.files.explain import belongs_under, choices, explain, shown, subject
from seatrial.files.finding import Finding, spot_of
from seatrial.files.mending import Mending
from seatrial.files.nearest import nearest
from seatrial.files.node import ListNode, MapNode, Node, Path, Spot, plain
from seatrial.files.places import Place, locate
from seatrial.files.tags import model_at, no_tag, wrong_action, wrong_tag
from seatrial.model.base import Model

ModelT = TypeVar("ModelT", bound=Model)
ROUNDS_MAX = 3
"""A misspelt key hides what is below it: it is mended and looked at again, this often."""


def validate(model: type[ModelT], root: Node) -> tuple[ModelT | None, list[Finding]]:
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
    model: type[Model], root: Node, errors: list[ErrorDetails]
) -> tuple[list[Finding], list[Mending]]:
    located = [(error, locate(model, root, error["loc"])) for error in errors]
    located = [pair for pair in located if not _is_echo(pair, located)]
    findings: list[Finding] = []
    mendings: list[Mending] = []
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
    error: ErrorDetails, place: Place, root: Node, model: type[Model]
) -> tuple[Finding, Mending | None]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(error, place, root, model)
    if kind == "union_tag_not_found":
        return no_tag(error, place)
    if kind == "union_tag_invalid":
        return wrong_tag(error, place)
    if kind == "fits_no_alternative":
        told = f"{subject(place.path)} cannot be {shown(place.node)}", _alternatives(error["ctx"]["types"])
        return Finding(place.path, place.spot, told), None
    if kind == "literal_error" and place.path and place.path[-1] == "action":
        return wrong_action(place, choices(place))
    told = explain(error, place)
    return Finding(place.path, spot_of(place, told[0], kind, root), told), None


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
    error: ErrorDetails, place: Place, root: Node, model: type[Model]
) -> tuple[Finding, Mending]:
    key, parent_path = str(place.path[-1]), place.path[:-1]
    message, hint = explain(error, place)
    parent = locate(model, root, parent_path)
    guess = nearest(key, place.keys)
    taken = isinstance(parent.node, MapNode) and guess in parent.node.entries
    home = belongs_under(key, model_at(parent))
    if home and (guess is None or taken or home == guess):
        hint = f"it belongs under `{home}:`"
        return Finding(place.path, place.key_spot, (message, hint)), Mending(place.path, home=home)
    mending = Mending(place.path, guess, place.node) if guess and not taken else Mending(place.path)
    return Finding(place.path, place.key_spot, (message, hint)), mending
