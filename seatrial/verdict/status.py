"""Whether an objective held: three answers, for a missing one is never a pass."""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """The answer to one objective."""

    HELD = "held"
    DEVIATED = "deviated"
    UNKNOWN = "unknown"


_RANK = {Status.HELD: 0, Status.UNKNOWN: 1, Status.DEVIATED: 2}


def merge(statuses: Iterable[Status]) -> Status:
    """The worst of many: deviated > unknown > held; of none at all, unknown."""
    return max(statuses, key=_RANK.__getitem__, default=Status.UNKNOWN)
