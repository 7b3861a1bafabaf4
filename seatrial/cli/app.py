"""The application: which commands there are. stdout is data, stderr is everything else."""

import typer

from seatrial.cli.check import check
from seatrial.cli.schema import schema

app = typer.Typer(
    name="seatrial",
    help="Runs chaos experiments: no fault outlives its run, no verdict without evidence, "
    "nothing is hit that the plan did not show.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (check, schema):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        from seatrial import __version__

        typer.echo(f"seatrial {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_show_version, is_eager=True),
) -> None:
    """Options of the command line itself."""
