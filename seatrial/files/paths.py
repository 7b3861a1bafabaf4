"""Relative paths in an experiment mean: relative to its file, wherever the command is run."""

from pathlib import Path

from pydantic import BaseModel

from seatrial.files import node as nodes
from seatrial.files.finding import Finding
from seatrial.files.leaves import leaves
from seatrial.files.node import Node, ScalarNode


def with_absolute_paths(experiment: BaseModel, masked: Node, folder: Path) -> tuple[Node, list[Finding]]:
    """The masked document with every path absolute; `~` is the user's home."""
    findings: list[Finding] = []
    for way, value in leaves(experiment):
        if not isinstance(value, Path) or value.is_absolute():
            continue
        at, scalar = nodes.scalar_on(masked, way)
        try:
            text = _absolute(str(scalar.value), folder)
        except RuntimeError:
            told = f"the home in `{scalar.value}` is not known", "write the whole path"
            findings.append(Finding(at, scalar.spot, told))
        else:
            masked = nodes.replaced(masked, at, ScalarNode(scalar.spot, text))
    return masked, findings


def _absolute(text: str, folder: Path) -> str:
    if text.startswith("~"):
        return _escaped(Path(text).expanduser())
    return f"{_escaped(folder)}/{text.removeprefix('./')}"


def _escaped(path: Path) -> str:
    return str(path).replace("${", "$${")
