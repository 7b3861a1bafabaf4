"""A Chaos Toolkit file as its model: our own look at it, for every problem with its line."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from seatrial.files.node import Node, Spot
from seatrial.files.node import Path as Way
from seatrial.files.problem import InvalidFile
from seatrial.toolkit.document import Document, Step
from seatrial.toolkit.shape import WrittenFile

if TYPE_CHECKING:
    from seatrial.files.finding import Finding

_HINT: Final = "refer to the `name` of one in method or hypothesis"


def parse(written: WrittenFile) -> Document:
    """The file's document; raises InvalidFile with all problems."""
    if not isinstance(written.document, dict):
        raise written.source.invalid(
            Spot(1, 1), "an experiment is a mapping of keys", "begin with `title: ...`"
        )
    problems = list(written.problems)
    try:
        document: Document | None = Document.of(written.document)
    except ValueError:
        document, findings = _told(written.tree)
        problems += [written.source.problem(found.spot, *found.told) for found in findings]
    for way, name in _dangling(document) if document is not None else ():
        problems.append(written.problem_at(way, f"there is no activity {name!r}", _HINT))
    if problems or document is None:
        raise InvalidFile(dict.fromkeys(problems))
    return document


def _told(tree: Node) -> "tuple[Document | None, list[Finding]]":
    """What is wrong, each at its place; nothing where it was only written in another way: `timeout: "5"`."""
    from seatrial.files.validation import validate
    from seatrial.toolkit.form import Form

    form, findings = validate(Form, tree)
    if form is None:
        return None, findings
    return Document.of(form.model_dump(mode="json", by_alias=True, exclude_unset=True)), findings


def _dangling(document: Document) -> Iterator[tuple[Way, str]]:
    """References to an activity that there is not, and the way to each."""
    sections: dict[Way, Sequence[Step]] = {
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
