"""json: the whole evidence as data, for programs; its schema is published."""

from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Report

if TYPE_CHECKING:
    from seatrial.api import RunRecord


class Json(Report):
    """Verdict, objectives, every reading, fault and second of load, by a versioned schema."""

    name: ClassVar[str] = "json"
    file_name: ClassVar[str] = "report.json"

    def __init__(self, indent: int | None = None) -> None:
        self.indent = indent
        """Spaces a level; without it everything stands on one line."""

    def render(self, record: "RunRecord") -> str:
        from seatrial.api import RunView

        return RunView(record).document.model_dump_json(indent=self.indent) + "\n"
