"""Precautions take what they do not say from the experiment: where it stands once, it is meant for them too.

Done before the model sees the document, so that what is written down of each is whole.
"""

from seatrial.files.node import Entry, ListNode, MapNode, Node
from seatrial.pack import Pack
from seatrial.precaution import Precaution


def with_inherited(root: MapNode, pack: Pack) -> MapNode:
    """The document with the experiment's own keys in every precaution that knows and lacks them."""
    entries = dict(root.entries)
    for name, action in pack.actions.items():
        found = entries.get(name)
        if found is not None and issubclass(action, Precaution) and isinstance(found.node, ListNode):
            shared = {key: root.entries[key] for key in action.model_fields if key in root.entries}
            items = tuple(_completed(item, shared) for item in found.node.items)
            entries[name] = Entry(found.key_spot, ListNode(found.node.spot, items))
    return MapNode(root.spot, entries)


def _completed(item: Node, shared: dict[str, Entry]) -> Node:
    return MapNode(item.spot, {**shared, **item.entries}) if isinstance(item, MapNode) else item
