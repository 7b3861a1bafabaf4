"""`seatrial rollback`: undo what a run left, after runner and guardian both died or the power went."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from seatrial.cli.options import RUNS_DEFAULT, RunsFolder

if TYPE_CHECKING:
    from seatrial.store import Run


def rollback(
    name: Annotated[
        str | None,
        typer.Argument(help="The run: its id, a part of it, its folder, or `latest`.", metavar="RUN"),
    ] = None,
    all_runs: Annotated[bool, typer.Option("--all", help="Every unfinished run of this store.")] = False,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Undo what dead runs left, and say what was restored, what was so already, and what remains.

    Safe to run twice, or at the same time as another. Exit 5 when something remains.
    """
    import anyio

    from seatrial.errors import InvalidInput
    from seatrial.store import Store

    store = Store(runs.resolve())
    if (name is None) != all_runs:
        raise InvalidInput(
            "say which run to roll back", "`seatrial rollback RUN`, or `--all`; `seatrial runs` lists them"
        )
    chosen = store.unfinished() if name is None else [store.find(name)]
    if not chosen:
        typer.echo("nothing to roll back: every run came to its end")
    remains = [run for run in chosen if not anyio.run(_roll_back, run)]
    if remains:
        raise typer.Exit(5)


async def _roll_back(run: "Run") -> bool:
    """One run; True when nothing of it remains."""
    from seatrial.cli.console import styled
    from seatrial.run.rollback import roll_back

    report = await roll_back(run)
    typer.echo(f"{run.id}: {report.summary}")
    for line in report.lines:
        typer.echo(f"  {line}")
    for line in report.remaining:
        typer.echo(styled(f"  REMAINS {line}", "red", sys.stdout))
    return not report.remaining
