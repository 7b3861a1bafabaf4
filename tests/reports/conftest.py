from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from seatrial.journal.reader import read_journal
from seatrial.pack import load_packs
from seatrial.record import RunRecord, record_of
from seatrial.testing.journals import Story, make_journal

HOSTILE = (
    "</title></style></svg><script>alert(1)</script><img src=http://x.invalid/a onerror=alert(2)>"
    '" onload="alert(3) \' {{ 7*7 }} | pipe ``` ` @everyone <!-- ]]> &lt; \u202e \x1b[31m \x00 \U0001f680 [a](http://x.invalid)'
)

HOSTILE_RUNS = [
    pytest.param(story, HOSTILE, id=f"{story}, hostile")
    for story in (Story.GUARD, Story.BLIND, Story.UNDO_INCOMPLETE)
]

Render = Callable[[str, RunRecord], str]


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RunRecord]:
    """`run_of(Story.FAILED)`: the record of a made-up run of a minute with ten SLIs."""

    @cache
    def make(story: Story, words: str = "", minutes: float = 1.0, slis: int = 10) -> RunRecord:
        folder = tmp_path_factory.mktemp("run")
        path = make_journal(folder, minutes=minutes, slis=slis, outcome=story, per_s=60, words=words)
        return record_of(read_journal(path))

    return make


@pytest.fixture(scope="session")
def render() -> Render:
    """`render("html", record)`, by the shipped pack; each report is made once."""
    reports = load_packs().reports
    made: dict[tuple[str, int], tuple[RunRecord, str]] = {}

    def render_once(name: str, record: RunRecord) -> str:
        key = (name, id(record))
        if key not in made:
            made[key] = record, reports[name]().render(record)
        return made[key][1]

    return render_once


@pytest.fixture(scope="session")
def page_of(
    tmp_path_factory: pytest.TempPathFactory, run_of: Callable[..., RunRecord], render: Render
) -> Callable[..., Path]:
    """`page_of(Story.FAILED)`: the HTML report as a file."""

    def make(story: Story, words: str = "") -> Path:
        path = tmp_path_factory.mktemp("page") / "report.html"
        path.write_text(render("html", run_of(story, words)))
        return path

    return make
