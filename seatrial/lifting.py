"""The end of a precaution."""

from seatrial.model.record import Record


class Lifting(Record):
    """How a precaution comes to its end."""

    quiet_s: float
    """For how long it must not have been needed."""
    patience_s: float
    """How long that is waited for, at the most."""
