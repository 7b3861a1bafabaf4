"""How a workload of a cluster did after undo."""

from seatrial.model.record import Record


class WorkloadBack(Record):
    """It is back with as many ready pods as before, or as it wants by now, and nothing left to roll out."""

    before: int
    """How many of its pods were ready when the plan was made."""
    after_s: float | None = None
    """Seconds from the end of undo; None: not within the plan's time."""
    ready: int = 0
    """When it was last looked at; with `desired` 0 where it is gone."""
    desired: int = 0
    unseen: str = ""
    """Why the cluster could not be asked; then the numbers say nothing."""
