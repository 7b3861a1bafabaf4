"""The example of docs/reference/reports.md is a report like any other."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.pack import load_packs
from seatrial.record import RunRecord
from seatrial.testing.journals import Story
from tests.tidy.source import ROOT


def test_a_report_of_ones_own(tmp_path: Path, run_of: Callable[..., RunRecord]) -> None:
    document = (ROOT / "docs" / "reference" / "reports.md").read_text()
    (example,) = [
        block for block in re.findall(r"```python\n(.*?)```", document, re.DOTALL) if "OneLine" in block
    ]
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one_line.py").write_text(example)
    report = load_packs(tmp_path).reports["one-line"]()
    record = run_of(Story.FAILED)
    text = report.render(record)
    assert text == f"✕ Failed: {record.plan.title} ({record.verdict.headline})\n"


def test_what_the_api_lacks_is_an_attribute_error() -> None:
    import seatrial.api

    assert seatrial.api.RunRecord is RunRecord
    with pytest.raises(AttributeError, match=r"^module 'seatrial.api' has no attribute 'RunReview'$"):
        seatrial.api.RunReview  # type: ignore[attr-defined]  # noqa: B018  asked for on purpose
