"""hdr_log: the latencies of the run's load, for HdrHistogram's own tools and plotters."""

from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Report

if TYPE_CHECKING:
    from seatrial.api import RunRecord


class HdrLog(Report):
    """HdrHistogram log, version 1.3: a line a second and request name, from the moment requests were due.

    Without load, or where no request ended, it is the log's head and nothing else.
    """

    name: ClassVar[str] = "hdr_log"
    file_name: ClassVar[str] = "load.hlog"

    def warm(self) -> None:
        from seatrial.api import hdr_log  # noqa: F401  imported for later

    def render(self, record: "RunRecord") -> str:
        from seatrial.api import hdr_log

        return "".join(hdr_log(second for _, second in record.load))
