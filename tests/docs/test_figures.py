"""Figures in the documentation are those that the benchmarks recorded."""

import pytest

from benchmarks._quotes import BLOCK, RESULTS, filled, machine, nth_table, with_rows
from tests.docs.pages import PAGES
from tests.tidy.source import ROOT

START_UP = "<!-- benchmark start_up -->\n| made | up |\n<!-- /benchmark -->"


def test_every_quoted_figure_is_the_recorded_one() -> None:
    quoted = [block for path in PAGES for block in BLOCK.finditer(path.read_text())]
    assert len(quoted) >= 3
    changed = [path.name for path in PAGES if filled(path.read_text(), path.parent) != path.read_text()]
    assert changed == [], "run `python -m benchmarks --quote`"


def test_every_marker_is_understood() -> None:
    for path in PAGES:
        text = path.read_text()
        assert text.count("<!-- benchmark ") == len(BLOCK.findall(text)), path.name


def test_a_figure_that_was_typed_in_is_replaced() -> None:
    text = filled(START_UP, ROOT)
    assert "made" not in text
    assert "`seatrial --version`" in text
    assert "](benchmarks/results/start_up.md)" in text
    assert filled(text, ROOT) == text


def test_what_is_not_recorded_cannot_be_quoted() -> None:
    result = (RESULTS / "start_up.md").read_text()
    with pytest.raises(FileNotFoundError):
        filled(START_UP.replace("start_up", "nothing"), ROOT)
    with pytest.raises(ValueError, match="no table 9"):
        nth_table(result, 9)
    with pytest.raises(ValueError, match="holds nonsense"):
        with_rows(nth_table(result, 1), ["nonsense"])


def test_rows_are_those_that_hold_every_word() -> None:
    table = [
        "| rule | held |",
        "|---|---|",
        "| ours, fair | 1 |",
        "| theirs, fair | 2 |",
        "| ours, odd | 3 |",
    ]
    assert with_rows(table, ["ours", "fair"]) == table[:3]
    assert with_rows(table, []) == table


def test_the_machine_is_told_without_the_time_it_took() -> None:
    assert (
        machine("## A\n\nSeatrial 1, 2 cores, 2026-01-02. Took 3 s.\n") == "Seatrial 1, 2 cores, 2026-01-02"
    )
