"""What a guardian in the cluster is told, on the command line of its Pod."""

from typing import Final

from seatrial.kube.marked import Place
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.model.base import Model

POD_VARIABLE: Final = "SEATRIAL_POD"
"""The environment variable that tells it its own name."""


class Task(Model):
    """Which run it guards, and where that may leave faults."""

    namespace: str
    lease: str
    run: str
    actions: tuple[str, ...]
    """Those that it must be able to undo."""
    places: tuple[Place, ...]
    rights: tuple[Right, ...] = ()
    """What it has to check that it has; empty where they were made for it."""
    roles: tuple[Ref, ...] = ()
    """Those that its Job cannot own: it removes them at its end."""
