"""json: the whole evidence as data, for programs; its schema is published."""

from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Field, Report

if TYPE_CHECKING:
    from seatrial.api import RunRecord


class Json(Report):
    """Verdict, objectives, every reading, fault and second of load, by a versioned schema."""

    name: ClassVar[str] = "json"
    file_name: ClassVar[str] = "report.json"

    indent: int | None = Field(default=None, ge=0, le=8)
    """Spaces a level; without it everything stands on one line."""

    def warm(self) -> None:
        from seatrial.api import ReportDocument

        ReportDocument.model_rebuild()

    def render(self, record: "RunRecord") -> str:
        from seatrial.api import RunView

        return RunView(record).document.model_dump_json(by_alias=True, indent=self.indent) + "\n"
