"""Keys that the Chaos Toolkit does not know, and silently ignores: a `rollback:` runs with no rollback."""

from collections.abc import Iterator
from typing import Final

from seatrial.files.nearest import listed, nearest
from seatrial.files.node import ListNode, MapNode, Node, ScalarNode, Spot, at, child

_ACTIVITY: Final = (
    "type",
    "name",
    "provider",
    "tolerance",
    "pauses",
    "background",
    "timeout",
    "controls",
    "dry",
    "ref",
)
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "experiment": (
        "title", "description", "version", "tags", "configuration", "secrets", "contributions",
        "steady-state-hypothesis", "method", "rollbacks", "controls", "extensions", "runtime", "dry",
    ),
    "hypothesis": ("title", "description", "probes", "controls"),
    "python": ("type", "module", "func", "arguments", "secrets"),
    "process": ("type", "path", "arguments", "timeout", "secrets"),
    "http": (
        "type", "url", "method", "headers", "timeout", "arguments", "verify_tls", "max_retries", "secrets",
    ),
    "pauses": ("before", "after"),
    "runtime": ("hypothesis", "rollbacks"),
    "strategy": ("strategy",),
}  # fmt: skip
Told = tuple[Spot, tuple[str, str]]


def unknown_keys(tree: MapNode) -> Iterator[Told]:
    """Each with its place, a sentence and a hint."""
    yield from _of(tree, _KEYS["experiment"])
    hypothesis = at(tree, ("steady-state-hypothesis",))
    yield from _of(hypothesis, _KEYS["hypothesis"])
    for way in (("runtime", "hypothesis"), ("runtime", "rollbacks")):
        yield from _of(at(tree, way), _KEYS["strategy"])
    yield from _of(at(tree, ("runtime",)), _KEYS["runtime"])
    for steps in (
        at(tree, ("steady-state-hypothesis", "probes")),
        at(tree, ("method",)),
        at(tree, ("rollbacks",)),
    ):
        for step in steps.items if isinstance(steps, ListNode) else ():
            yield from _of(step, _ACTIVITY)
            yield from _of(at(step, ("pauses",)), _KEYS["pauses"])
            kind = at(step, ("provider", "type"))
            if isinstance(kind, ScalarNode):
                yield from _of(at(step, ("provider",)), _KEYS.get(str(kind.value), ()))


def _of(node: Node | None, known: tuple[str, ...]) -> Iterator[Told]:
    if not isinstance(node, MapNode):
        return
    for key, entry in node.entries.items():
        if key not in known and not key.startswith("x-"):
            guess = nearest(key, [one for one in known if child(node, one) is None])
            hint = f"did you mean `{guess}`?" if guess else f"the keys here are {listed(known)}"
            yield entry.key_spot, (f"unknown key `{key}`: it is ignored, as the Chaos Toolkit does", hint)
