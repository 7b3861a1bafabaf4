"""A piece of a document that knows its place: asked for what it must hold, it tells where that is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from seatrial.files.nearest import listed, nearest
from seatrial.files.node import ListNode, MapNode, Node, Scalar, ScalarNode, Spot
from seatrial.files.source import Source


@dataclass(frozen=True)
class Part:
    """A node of an SLO file."""

    source: Source
    node: Node
    name: str = "the document"
    key_spot: Spot | None = None

    @property
    def spot(self) -> Spot:
        is_here = isinstance(self.node, ScalarNode) or self.key_spot is None
        return self.node.spot if is_here else self.key_spot or self.node.spot

    def refuse(self, message: str, hint: str) -> NoReturn:
        """Raise InvalidFile at this place."""
        raise self.source.invalid(self.spot, message, hint)

    def get(self, *path: str) -> "Part | None":
        """What stands at the end of a way of keys; None where it does not, or has no value."""
        here: Part = self
        for key in path:
            entry = here.entries.get(key)
            if entry is None or (isinstance(entry.node, ScalarNode) and entry.node.value is None):
                return None
            here = entry
        return here

    def need(self, *path: str) -> "Part":
        """The same; raises InvalidFile where it is missing."""
        here = self
        for key in path:
            found = here.get(key)
            if found is None:
                here.refuse(f"{here.name} has no `{key}`", f"add `{key}: …` to it")
            here = found
        return here

    @property
    def entries(self) -> dict[str, "Part"]:
        """The keys and what they hold; raises InvalidFile where this is no mapping."""
        if not isinstance(self.node, MapNode):
            self.refuse(f"{self.name} must have keys and values", "write its keys below it")
        return {
            key: Part(self.source, entry.node, f"`{key}`", entry.key_spot)
            for key, entry in self.node.entries.items()
        }

    def items(self) -> Iterator["Part"]:
        """The items of a list; raises InvalidFile where this is none."""
        if not isinstance(self.node, ListNode):
            self.refuse(f"{self.name} must be a list", "begin each item with `- `")
        for number, item in enumerate(self.node.items, 1):
            yield Part(self.source, item, f"item {number} of {self.name}")

    @property
    def scalar(self) -> Scalar:
        if not isinstance(self.node, ScalarNode):
            self.refuse(f"{self.name} must be a single value", "write one value")
        return self.node.value

    @property
    def text(self) -> str:
        """A text; numbers are taken as they stand."""
        value = self.scalar
        if value is None or isinstance(value, bool) or not str(value).strip():
            self.refuse(f"{self.name} must be a text", "write one, in quotes if need be")
        return str(value)

    @property
    def number(self) -> float:
        """A number, also one in quotes."""
        try:
            return float(self.text.strip().removesuffix("%"))
        except ValueError:
            self.refuse(f"{self.name} must be a number, not '{self.text[:40]}'", "write one such as `99.9`")

    def share(self, percent: bool) -> str:
        """A share of 0 to 1, written so or in per cent; in the form of our own files: `99.9%`."""
        value = self.number / 100 if percent else self.number
        if not 0 < value <= 1:
            form = "a percentage above 0, at most 100, such as `99.9`"
            form = form if percent else "a share above 0, at most 1, such as `0.999`"
            self.refuse(f"{self.name} is {self.text}, which is no objective", f"write {form}")
        return f"{value * 100:.12g}%"

    def one_of(self, *words: str) -> str:
        """One of some words, in any case; raises InvalidFile with all of them."""
        by_form = {word.lower(): word for word in words}
        if self.text.lower() not in by_form:
            self.refuse(f"{self.name} cannot be '{self.text[:60]}' here", f"write {listed(words, 'or')}")
        return by_form[self.text.lower()]

    def only(self, *keys: str) -> None:
        """Raise InvalidFile for a key that means nothing here."""
        for key, entry in self.entries.items():
            if key not in keys:
                guess = nearest(key, keys)
                told = f"did you mean `{guess}`?" if guess else f"the keys here are {listed(keys)}"
                raise self.source.invalid(entry.key_spot or entry.spot, f"unknown key `{key}`", told)
