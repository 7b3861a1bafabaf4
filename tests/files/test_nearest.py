"""The nearest right word is what people meant."""

import pytest

from seatrial.files.nearest import listed, nearest

KEYS = ["title", "hypothesis", "blast_radius", "stop_when", "slis", "for", "targets", "with", "max_targets"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("titel", "title"),
        ("Title", "title"),
        ("TITLE", "title"),
        ("blastRadius", "blast_radius"),
        ("blast-radius", "blast_radius"),
        ("BLAST_RADIUS", "blast_radius"),
        ("blast radius", "blast_radius"),
        ("max-targets", "max_targets"),
        ("name", "title"),
        ("duration", "for"),
        ("selector", "targets"),
        ("args", "with"),
        ("guards", "stop_when"),
        ("hypotesis", "hypothesis"),
        ("colour", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_nearest(word: str, meant: str | None) -> None:
    assert nearest(word, KEYS) == meant


def test_nothing_is_near_to_nothing() -> None:
    assert nearest("title", []) is None


def test_listed() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"])] == ["", "`a`", "`a` and `b`"]
    assert listed(["a", "b", "c"], "or") == "`a`, `b` or `c`"
