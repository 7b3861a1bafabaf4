"""What a journal holds of alerts."""

from typing import Literal

from seatrial.model.base import Model


class AlertSeen(Model):
    """From now on an alert of the experiment is so; written whenever that changes."""

    kind: Literal["alert_seen"] = "alert_seen"
    alert: int
    """Its place in the experiment."""
    state: Literal["inactive", "pending", "firing", "unknown"]
    receivers: tuple[str, ...] = ()
    """Whom the Alertmanager tells of it."""
    reason: str = ""
    """Why it is unknown, or why it cannot fire."""
