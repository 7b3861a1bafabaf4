"""docs/reference/journal.md names every kind of entry, all of its keys, every word that can stand in them."""

from enum import StrEnum
from typing import get_args

import pytest
from msgspec.structs import fields

from seatrial.journal.entries import Entry, Phase, StopKind, Undo, UndoResult
from seatrial.journal.line import Line
from seatrial.model.record import Tagged, tag_of
from seatrial.reading import Reading
from tests.docs.pages import page, rows, section


def kinds(union: object) -> dict[str, type[Tagged]]:
    """The records of a union, by their kind."""
    return {tag_of(one): one for one in get_args(union)}


def missing_keys(models: dict[str, type[Tagged]], told: dict[str, list[str]]) -> list[str]:
    return [
        f"{kind}.{key}"
        for kind, model in models.items()
        for key in model.__struct_fields__
        if f"`{key}`" not in told.get(kind, [""])[0]
    ]


@pytest.mark.parametrize(("heading", "union"), [("Entries", Entry), ("Readings", Reading)])
def test_every_kind_is_told_with_all_of_its_keys(heading: str, union: object) -> None:
    told = rows(section(page("reference/journal.md"), heading).split("\n#")[0])
    assert set(told) == set(kinds(union))
    assert missing_keys(kinds(union), told) == []


def test_every_key_of_a_line_is_told() -> None:
    told = rows(page("reference/journal.md").split("## Entries")[0])
    assert set(told) == {field.name for field in fields(Line)}


@pytest.mark.parametrize("words", [Phase, StopKind, UndoResult])
def test_every_word_is_told(words: type[StrEnum]) -> None:
    text = page("reference/journal.md")
    assert [word for word in words if f"`{word}`" not in text] == []


def test_what_undo_needs_is_told() -> None:
    what_is_intended = rows(page("reference/journal.md"))["intended"][1]
    assert [key for key in Undo.__struct_fields__ if f"`{key}`" not in what_is_intended] == []


def test_a_missing_key_is_found() -> None:
    told = {"recovered": ["`after`"], "noted": ["`text`"]}
    models = {kind: model for kind, model in kinds(Entry).items() if kind in told}
    assert missing_keys(models, told) == ["recovered.after_s", "recovered.workloads"]
