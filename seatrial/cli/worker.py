"""`seatrial worker`: load from another machine, for a run that awaits workers."""

from typing import Annotated

import typer


def worker(
    master: Annotated[
        str, typer.Option("--master", help="Where the run awaits its workers.", metavar="HOST:PORT")
    ],
) -> None:
    """Make load for a run on another machine, until that run ends it."""
    from seatrial.load.worker import run_worker

    raise typer.Exit(run_worker(master))
