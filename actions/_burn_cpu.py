"""Burn a share of one core. Arguments: the share, 0 to 1."""

import os
import sys
import threading
import time

CATCH_UP_S = 0.2
"""One that did not get the core when it wanted it takes that later, up to this much."""
PAUSE_S = 0.002


def main() -> None:
    """Take processor time until the share of the time that has passed is reached; rest, and again."""
    share, never = float(sys.argv[1]), threading.Event()
    os.write(1, b"ready\n")
    begun_s, burnt_s = time.monotonic(), time.process_time()
    while True:
        owed_s = share * (time.monotonic() - begun_s) - (time.process_time() - burnt_s)
        if owed_s > CATCH_UP_S:
            begun_s += (owed_s - CATCH_UP_S) / share
        if owed_s <= 0 and share < 1:
            never.wait(PAUSE_S)
        else:
            sum(range(20_000))


main()
