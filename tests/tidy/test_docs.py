"""What a user can name is documented: the packs' parts and their keys, experiments, every command."""

import re
from pathlib import Path

from pydantic import BaseModel

from seatrial.cli.app import COMMANDS, command_of
from seatrial.cli.command import parameters_of
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
    models = [*pack.probes.values(), *pack.actions.values()]
    missing = {model.__name__: undescribed(model) for model in models}
    assert models
    # A dataclass without a docstring gets its signature as one.
    told = {one.__name__: vars(one).get("__doc__") or "" for one in pack.reports.values()}
    assert [name for name, doc in told.items() if not doc or doc.startswith(f"{name}(")] == []
    assert not any(missing.values()), "put a docstring under each: it is the editor's help"


def test_an_undescribed_key_is_found() -> None:
    class Silent(BaseModel):
        key: int

    assert undescribed(Silent) == ["(the class)", "key"]


def test_every_command_is_documented_and_has_help() -> None:
    docs, found = documentation(), {name: command_of(name) for name in COMMANDS}
    assert len(found) > 7
    assert [name for name in found if not re.search(rf"[`$] ?seatrial {name}\b", docs)] == []
    assert [name for name, command in found.items() if not command.__doc__] == []
    parameters = [(name, one) for name, command in found.items() for one in parameters_of(command)]
    assert parameters
    assert [f"{name} {one.name}" for name, one in parameters if not one.spec.help] == []


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
