"""Where a key decides what else there may be, as `action:` does: it is wrong, or it is not there."""

from dataclasses import replace

from pydantic_core import ErrorDetails

from seatrial.files.explain import choices, shown, subject
from seatrial.files.finding import Finding
from seatrial.files.mending import Mending
from seatrial.files.nearest import listed, nearest
from seatrial.files.node import Entry, MapNode, Node, ScalarNode, child
from seatrial.files.places import Place, keys_of, members, model_of


def model_at(parent: Place) -> object:
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


def no_tag(error: ErrorDetails, place: Place) -> tuple[Finding, Mending | None]:
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
            if nearest(key, [tag]) and not any(key in keys_of(option) for option in members(place.kind)):
                told = f"unknown key `{key}`", f"did you mean `{tag}`?"
                return Finding((*place.path, key), entry.key_spot, told), Mending(
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


def wrong_tag(error: ErrorDetails, place: Place) -> tuple[Finding, Mending | None]:
    tag = str(error["ctx"]["discriminator"]).strip("'")
    given = child(place.node, tag)
    if given is None:  # an action that could not be spelt as a text
        return Finding(place.path, place.spot, (f"`{tag}` is missing", "add it")), None
    tagged = replace(
        place, path=(*place.path, tag), node=given.node, spot=given.node.spot, key_spot=given.key_spot
    )
    return wrong_action(tagged, _tag_words(place, tag))


def wrong_action(place: Place, words: tuple[str, ...]) -> tuple[Finding, Mending | None]:
    value = place.node.value if isinstance(place.node, ScalarNode) else None
    guess = nearest(str(value), words)
    hint = (
        f"did you mean `{guess}`?" if guess else f"there are {listed(words)}; `--pack DIR` adds a team's own"
    )
    told = f"there is no {place.path[-1]} `{value}`", hint
    mending = Mending(place.path, value=ScalarNode(place.spot, guess)) if guess else None
    return Finding(place.path, place.spot, told), mending
