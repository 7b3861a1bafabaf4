"""An alert that a run looks for."""

from typing import TYPE_CHECKING

from seatrial.model.record import Record
from seatrial.model.units import format_duration

if TYPE_CHECKING:
    from seatrial.model.alert import Alert


class PlannedAlert(Record):
    """One alerting rule of a Prometheus, and what the run must make of it."""

    alert: str
    """Its name."""
    must_fire: bool
    """False: it must not, in the whole run."""
    labels: dict[str, str]
    """Labels that it has to carry."""
    fires_within_s: float
    """How long it has, counted from the first injection."""
    resolved_within_s: float | None
    """How long after the end of undo it has to be over; None: that is not asked."""
    receiver: str | None
    """Who has to be told of it; None: that is not asked."""
    server: str | None
    """Which of the servers knows it; None: the only one."""

    @property
    def text(self) -> str:
        """For people."""
        if not self.must_fire:
            return "does not fire"
        told = [f"fires within {format_duration(self.fires_within_s)}"]
        if self.resolved_within_s is not None:
            told.append(f"is over within {format_duration(self.resolved_within_s)}")
        if self.receiver is not None:
            told.append(f"tells {self.receiver}")
        return ", ".join(told)


def planned_alert(alert: "Alert") -> PlannedAlert:
    """As an experiment asks for it."""
    return PlannedAlert(
        alert=alert.alert,
        must_fire=alert.expect is not None,
        labels=alert.labels,
        fires_within_s=alert.fires_within_s,
        resolved_within_s=alert.resolved_within,
        receiver=alert.receiver,
        server=alert.server,
    )
