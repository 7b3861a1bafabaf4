"""A report: one format in which a run is told, made from nothing but its record."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from seatrial.record import RunRecord


class Report(ABC):
    """One report format; the docstring is the documentation."""

    name: ClassVar[str]
    """What `--format` says: `html`."""
    file_name: ClassVar[str]
    """The file in the run's folder: `report.html`."""

    def warm(self) -> None:  # noqa: B027  most have nothing to load
        """Load what rendering will need; called in a thread while the run waits for something else."""

    @abstractmethod
    def render(self, record: "RunRecord") -> str:
        """The whole report as text."""
