"""`seatrial halt`: stop everything of a store, and keep it stopped."""

from typing import Annotated

import typer

from seatrial.cli.options import RUNS_DEFAULT, RunsFolder


def halt(
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever meets it.")] = "by hand",
    lift: Annotated[bool, typer.Option("--lift", help="Let runs begin again.")] = False,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Stop all running experiments of a store, and refuse new ones until `--lift`."""
    from seatrial.cli.options import open_store
    from seatrial.run import halt as halting

    store = open_store(runs)
    if lift:
        typer.echo("lifted: runs may begin again" if halting.lift(store) else "nothing was halted")
        return
    told = halting.halt(store, reason)
    typer.echo(f"halted: {len(told)} running experiments were told to stop and undo; new ones are refused")
    for run_id in told:
        typer.echo(f"  {run_id}")
