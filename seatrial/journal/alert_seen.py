"""What a journal holds of alerts."""

from typing import Literal

from seatrial.model.record import Tagged


class AlertSeen(Tagged, tag="alert_seen"):
    """From now on an alert of the experiment is so; written whenever that changes."""

    alert: int
    """Its place in the experiment."""
    state: Literal["inactive", "pending", "firing", "unknown"]
    receivers: tuple[str, ...] = ()
    """Whom the Alertmanager tells of it."""
    reason: str = ""
    """Why it is unknown, or why it cannot fire."""
