"""A guess at what a wrong word was meant to be, so that what it hides can be looked at too."""

from dataclasses import dataclass

from seatrial.files.node import Entry, MapNode, Node, Path, at, replaced


@dataclass(frozen=True)
class Mending:
    """What a wrong word was probably meant to be; with no key and no value it is removed."""

    path: Path
    key: str | None = None
    value: Node | None = None
    home: str | None = None
    """The neighbour under which it belongs."""

    def on(self, root: Node) -> Node:
        """The document as it was probably meant."""
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
        """True where nobody can guess: the key is left out."""
        return self.key is None and self.value is None and self.home is None
