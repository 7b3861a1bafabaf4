"""One grid of seconds for the engine and all local workers, which no change of the wall clock moves."""

import time
from datetime import UTC, datetime


def clock_offset_s() -> float:
    """Add this to the monotonic clock, which all processes of a machine share, to get the time of day."""
    return datetime.now(UTC).timestamp() - time.monotonic()
