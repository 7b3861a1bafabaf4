"""The reference pages name every key and quantity, and their examples are right."""

import re
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML

from seatrial.model.assembled import experiment_model
from seatrial.pack import load_packs
from tests.tidy.source import ROOT

PAGES = ("probes", "actions")


def page(name: str) -> str:
    """`actions.md`, and what goes with it: `actions-kubernetes.md`."""
    return "\n".join(file.read_text() for file in sorted((ROOT / "docs/reference").glob(f"{name}*.md")))


def section(name: str, part: str) -> str:
    """What stands under the part's own heading."""
    found = re.search(rf"^## `{re.escape(part)}`\n(.*?)(?=^## |\Z)", page(name), re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/{name}*.md has no heading for {part}"
    return found[1]


def missing_words(text: str, words: set[str]) -> set[str]:
    return {word for word in words if f"`{word}`" not in text}


def parts() -> Iterator[tuple[str, str, set[str]]]:
    """Page, name, and all that has to be explained there."""
    pack = load_packs()
    for name, probe in pack.probes.items():
        yield "probes", name, {field.alias or key for key, field in probe.model_fields.items()}
    for name, action in pack.actions.items():
        yield "actions", name, {field.alias or key for key, field in action.model_fields.items()}


@pytest.mark.parametrize(
    ("name", "part", "keys"), list(parts()), ids=[f"{page}-{part}" for page, part, _ in parts()]
)
def test_every_key_is_explained_and_has_an_example(name: str, part: str, keys: set[str]) -> None:
    text = section(name, part)
    assert missing_words(text, keys) == set()
    assert "```yaml" in text


def test_a_key_that_is_not_explained_is_found() -> None:
    assert missing_words(section("probes", "tcp"), {"address", "port"}) == {"port"}


def examples() -> list[str]:
    texts = [page(name) for name in PAGES]
    return [
        example
        for text in texts
        for example in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize("number", range(len(examples())))
def test_examples_are_right(number: int) -> None:
    given = YAML(typ="safe").load(examples()[number])
    rest = {
        "title": "An example",
        "hypothesis": "It is right.",
        "slis": {"steady": {"tcp": "127.0.0.1:1", "objective": "open == true"}},
        "load": {"host": "http://127.0.0.1:1", "requests": [{"path": "/"}], "rate": "10/s"},
        "blast_radius": {"max_targets": 9, "max_share": "100%", "max_duration": "5 min"},
    }
    experiment_model(load_packs()).model_validate({**rest, **given})
