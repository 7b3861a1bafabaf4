"""`seatrial agent`: hold one fault from inside a pod."""

import sys
from typing import Annotated

from seatrial.cli.command import Argument


def agent(
    order: Annotated[str, Argument(help="What to do, as one JSON.", metavar="ORDER")],
) -> None:
    """Hold one fault on the pod around it, while heartbeats come on stdin; Seatrial starts it there.

    Exit 0: undone, or never begun. 1: it could not be begun. 2: the order is wrong. 3: refused, or too late.
    5: something remains.
    """
    from seatrial.agent.main import main

    sys.exit(main([order]))
