"""`seatrial worker`: load from another machine, for a run that awaits workers."""

import sys
from typing import Annotated

from seatrial.cli.command import Option


def worker(
    master: Annotated[str, Option("--master", help="Where the run awaits its workers.", metavar="HOST:PORT")],
) -> None:
    """Make load for a run on another machine, until that run ends it."""
    from seatrial.load.worker import run_worker

    sys.exit(run_worker(master))
