"""Whose experiment is it? Told by its keys, so that `run`, `plan` and `check` take both."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seatrial.errors import SeatrialError
from seatrial.files.json_reader import read_json
from seatrial.files.node import Node, Spot, at, child, plain
from seatrial.files.node import Path as Way
from seatrial.files.plain_json import plain_json
from seatrial.files.problem import Problem
from seatrial.files.source import Source, read_source
from seatrial.files.yaml_reader import read_yaml
from seatrial.model.record import JsonValue

_THEIRS: Final = frozenset({"method", "steady-state-hypothesis", "rollbacks"})
_OURS: Final = frozenset({"slis", "faults", "hypothesis", "blast_radius"})


class WrittenFile:
    """What a file says. Where it says it is looked up once somebody asks: mostly there is nothing to tell."""

    def __init__(
        self, source: Source, document: JsonValue, tree: Node | None = None, problems: Sequence[Problem] = ()
    ) -> None:
        self.source = source
        self.document = document
        self.problems = problems
        """What is wrong with its syntax."""
        self._tree = tree

    @property
    def tree(self) -> Node:
        """The same with its places."""
        if self._tree is None:
            self._tree = read_json(self.source)[0]
        return self._tree

    def problem_at(self, way: Way, message: str, hint: str) -> Problem:
        """A problem with what a way through the file leads to: its value, or the whole file."""
        node = at(self.tree, way)
        return self.source.problem(node.spot if node is not None else Spot(1, 1), message, hint)

    def problem_with_key(self, way: Way, message: str, hint: str) -> Problem:
        """The same, at the key of that value."""
        entry = child(at(self.tree, way[:-1]), way[-1])
        return self.source.problem(entry.key_spot if entry is not None else Spot(1, 1), message, hint)


def read_written(path: Path) -> WrittenFile:
    """A file, and what is wrong with its syntax; raises InvalidFile where it has no tree."""
    return _of_source(read_source(path), path)


def _of_source(source: Source, path: Path) -> WrittenFile:
    is_json = path.suffix.lower() == ".json"
    document = plain_json(source.text) if is_json else None
    if document is not None:
        return WrittenFile(source, document)
    tree, problems = read_json(source) if is_json else read_yaml(source)
    return WrittenFile(source, plain(tree), tree, problems)


def is_toolkit(path: Path) -> bool:
    """True for an experiment of the Chaos Toolkit; what cannot be read is for the native reader to tell."""
    return toolkit_file(path) is not None


def toolkit_file(path: Path) -> WrittenFile | None:
    """A Chaos Toolkit experiment; None for all other files."""
    try:
        source = read_source(path)
        if not any(key in source.text for key in _THEIRS):
            return None  # without parsing it twice
        written = _of_source(source, path)
    except SeatrialError:
        return None
    keys = written.document.keys() if isinstance(written.document, dict) else set()
    return written if _THEIRS & keys and not _OURS & keys else None
