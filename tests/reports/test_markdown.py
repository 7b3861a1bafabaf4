import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from seatrial.record import RunRecord
from seatrial.testing.journals import Story
from tests.reports.conftest import HOSTILE_RUNS, Render

RunOf = Callable[..., RunRecord]
COMMENT_MAX = 65_536
"""Characters that the comment of a pull request may have."""


def tables(text: str) -> list[list[list[str]]]:
    """Rows of cells of each table; a pipe behind a backslash is text."""
    found: list[list[list[str]]] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if len(lines) > 1 and set(lines[1]) <= set("|-"):
            found.append([re.split(r"(?<!\\)\|", line)[1:-1] for line in lines])
    return found


def html_of(text: str) -> str:
    """As GitHub would show it: CommonMark with tables and raw HTML."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def tags(page: str) -> set[str]:
    return set(re.findall(r"<(\w+)", page))


@pytest.mark.parametrize(("story", "words"), [*((story, "") for story in Story), *HOSTILE_RUNS])
def test_tables_are_whole_and_it_fits_a_comment(
    story: Story, words: str, run_of: RunOf, render: Render
) -> None:
    text = render("markdown", run_of(story, words))
    objectives, faults = tables(text)
    assert len(objectives) == 2 + 10
    assert len(faults) == 2 + 3
    for table in (objectives, faults):
        assert {len(row) for row in table} == {len(table[0])}
    assert len(text) < COMMENT_MAX / 2


def test_verdict_first_then_objectives_faults_and_next_steps(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.FAILED)
    text = render("markdown", record)
    assert text.startswith("## ❌ Failed: The shop keeps its promises when replicas stall and die\n")
    places = [text.index(part) for part in ("did not hold", "| SLI |", "| Fault |", "**What to do next**")]
    assert places == sorted(places)
    row = next(line for line in text.splitlines() if line.startswith("| **latency\\_p95**"))
    assert re.search(
        r"❌ \d+ ms, [\d.]+x baseline \[[\d.]+x to [\d.]+x baseline\]<br>`<= 2x baseline` n=", row
    )
    assert "restored by runner | 350 ms |" in text


def test_an_incomplete_undo_is_the_first_line(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.UNDO_INCOMPLETE)
    lines = render("markdown", record).splitlines()
    assert lines[0] == "> [!CAUTION]"
    assert lines[1].startswith("> **Undo incomplete: 1 of 3 faults is not verified as undone.** Finish it by")
    assert lines[1].endswith(f"`seatrial rollback {record.run_id}`")
    assert "🚨" in lines[3]


@pytest.mark.parametrize(("story", "words"), HOSTILE_RUNS)
def test_hostile_words_are_no_markup(story: Story, words: str, run_of: RunOf, render: Render) -> None:
    plain, hostile = (html_of(render("markdown", run_of(story, text))) for text in ("", words))
    assert tags(hostile) - tags(plain) <= {"code"}
    assert "alert(1)" in hostile
    assert "@everyone" not in re.sub(r"<code>.*?</code>", "", hostile)


def test_targets_are_cut_where_asked(run_of: RunOf) -> None:
    from seatrial.pack import load_packs

    report = load_packs().reports["markdown"](targets_max=1)  # type: ignore[call-arg]
    text = report.render(run_of(Story.UNDO_INCOMPLETE))
    assert "| process.pause | and 1 more | | | | |" in text
    assert "NOT verified" in text  # those in trouble come first
