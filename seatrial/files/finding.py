"""What is found wrong at one place of a document, and where exactly it is pointed at."""

from dataclasses import dataclass

from seatrial.files.node import ListNode, MapNode, Node, Path, ScalarNode, Spot, at
from seatrial.files.places import Place
from seatrial.files.wanted import Told


@dataclass(frozen=True)
class Finding:
    """One problem before it has a file name."""

    path: Path
    spot: Spot
    told: Told


def spot_of(place: Place, message: str, kind: str, root: Node) -> Spot:
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
