"""A Chaos Toolkit file as its model: our own look at it, for every problem with its line."""

from collections.abc import Iterator, Sequence
from typing import Final

from seatrial.files.node import MapNode, Spot, at
from seatrial.files.node import Path as Way
from seatrial.files.problem import InvalidFile
from seatrial.files.validation import validate
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.document import Document, Ref
from seatrial.toolkit.shape import Tree

_HINT: Final = "refer to the `name` of one in method or hypothesis"


def parse(read: Tree) -> tuple[MapNode, Document]:
    """The file's tree and its model; raises InvalidFile with all problems."""
    source, tree, syntax = read
    if not isinstance(tree, MapNode):
        raise source.invalid(Spot(1, 1), "an experiment is a mapping of keys", "begin with `title: ...`")
    document, findings = validate(Document, tree)
    problems = [*syntax, *(source.problem(found.spot, *found.told) for found in findings)]
    for way, name in _dangling(document) if document is not None else ():
        node = at(tree, way)
        problems.append(
            source.problem(node.spot if node else tree.spot, f"there is no activity {name!r}", _HINT)
        )
    if problems or document is None:
        raise InvalidFile(dict.fromkeys(problems))
    return tree, document


def _dangling(document: Document) -> Iterator[tuple[Way, str]]:
    """References to an activity that there is not, and the way to each."""
    sections: dict[Way, Sequence[Ref | Activity]] = {
        ("steady-state-hypothesis", "probes"): document.probes,
        ("method",): document.method,
        ("rollbacks",): document.rollbacks,
    }
    for way, steps in sections.items():
        for index, step in enumerate(steps):
            try:
                document.resolved(step)
            except KeyError as error:
                yield (*way, index, "ref"), str(error.args[0])
