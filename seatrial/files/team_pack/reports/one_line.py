"""one_line: a run in one line, for a chat or a log."""

from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Report

if TYPE_CHECKING:
    from seatrial.api import RunRecord


class OneLine(Report):
    """Tells the outcome, the title and why, in one line of text."""

    name: ClassVar[str] = "one_line"
    file_name: ClassVar[str] = "summary.txt"

    def render(self, record: "RunRecord") -> str:
        verdict = record.verdict
        return f"{verdict.outcome.upper()}  {record.plan.title}: {verdict.headline}\n"
