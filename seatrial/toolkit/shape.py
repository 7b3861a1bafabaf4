"""Whose experiment is it? Told by its keys, so that `run`, `plan` and `check` take both."""

from pathlib import Path
from typing import Final

from seatrial.errors import SeatrialError
from seatrial.files.json_reader import read_json
from seatrial.files.node import MapNode, Node
from seatrial.files.problem import Problem
from seatrial.files.source import Source, read_source
from seatrial.files.yaml_reader import read_yaml

_THEIRS: Final = frozenset({"method", "steady-state-hypothesis", "rollbacks"})
_OURS: Final = frozenset({"slis", "faults", "hypothesis", "blast_radius"})


Tree = tuple[Source, Node, list[Problem]]
"""A file, its tree, and what is wrong with its syntax."""


def read_tree(path: Path) -> Tree:
    """The tree of a file, and what is wrong with its syntax; raises InvalidFile where it has none."""
    source = read_source(path)
    tree, problems = read_json(source) if path.suffix.lower() == ".json" else read_yaml(source)
    return source, tree, problems


def is_toolkit(path: Path) -> bool:
    """True for an experiment of the Chaos Toolkit; what cannot be read is for the native reader to tell."""
    return toolkit_tree(path) is not None


def toolkit_tree(path: Path) -> Tree | None:
    """The tree of a Chaos Toolkit experiment; None for all other files."""
    try:
        text = read_source(path).text
        if not any(key in text for key in _THEIRS):
            return None  # without parsing it twice
        read = read_tree(path)
    except SeatrialError:
        return None
    keys = read[1].entries.keys() if isinstance(read[1], MapNode) else set()
    return read if _THEIRS & keys and not _OURS & keys else None
