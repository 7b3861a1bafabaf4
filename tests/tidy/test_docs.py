"""What a user can name is documented: the packs' parts and their keys, experiments, every command."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typer.main import get_command

from seatrial.cli.app import app_of
from seatrial.model.docs import field_docs
from seatrial.pack import load_packs
from tests.tidy.source import ROOT


def documentation() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))


def named_in_packs() -> list[str]:
    pack = load_packs()
    parts = [*pack.probes, *pack.actions, *pack.reports]
    return [*parts, *(path.name for path in pack.experiments())]


def test_every_part_of_the_pack_is_in_the_docs() -> None:
    docs, names = documentation(), named_in_packs()
    assert len(names) > 10
    missing = [name for name in names if f"`{name}`" not in docs]
    assert not missing, "name each in backticks somewhere in docs/"


def undescribed(model: type[BaseModel]) -> list[str]:
    """The model itself where it has no docstring, and its fields that have none."""
    missing = [name for name in model.model_fields if name not in field_docs(model)]
    return ([] if vars(model).get("__doc__") else ["(the class)"]) + missing


def test_every_key_of_the_pack_is_described() -> None:
    pack = load_packs()
    models = [*pack.probes.values(), *pack.actions.values(), *pack.reports.values()]
    missing = {model.__name__: undescribed(model) for model in models}
    assert models
    assert not any(missing.values()), "put a docstring under each: it is the editor's help"


def test_an_undescribed_key_is_found() -> None:
    class Silent(BaseModel):
        key: int

    assert undescribed(Silent) == ["(the class)", "key"]


def commands(command: Any, path: str = "seatrial") -> Iterator[tuple[str, Any]]:
    """`seatrial run` and the like, with groups' commands below them; hidden ones are not for users."""
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, f"{path} {name}")


def test_every_command_is_documented_and_has_help() -> None:
    docs, found = documentation(), dict(commands(get_command(app_of())))
    assert len(found) > 7
    assert [path for path in found if not re.search(rf"[`$] ?{path}\b", docs)] == []
    assert [path for path, command in found.items() if not command.help] == []
    options = [(path, p) for path, command in found.items() for p in command.params if p.opts[0][0] == "-"]
    assert options
    assert [f"{path} {option.opts[0]}" for path, option in options if not option.help] == []


LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def broken_links(path: Path, text: str) -> list[str]:
    return [f"{path.name}: {target}" for target in LINK.findall(text) if not (path.parent / target).exists()]


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
    assert len(documents) > 3
    assert [link for path in documents for link in broken_links(path, path.read_text())] == []


def test_a_broken_link_is_found() -> None:
    text = "[a](LICENSE) [b](nowhere.md#part) [c](https://example.org) [d](#here)"
    assert broken_links(ROOT / "README.md", text) == ["README.md: nowhere.md"]
