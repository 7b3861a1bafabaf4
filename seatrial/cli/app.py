"""The application: which commands there are. stdout is data, stderr is everything else."""

import typer

from seatrial.cli.agent import agent
from seatrial.cli.alerts import alerts
from seatrial.cli.budget import budget
from seatrial.cli.calibrate import calibrate
from seatrial.cli.check import check
from seatrial.cli.convert import convert
from seatrial.cli.demo import demo
from seatrial.cli.doctor import doctor
from seatrial.cli.halt import halt
from seatrial.cli.init import init
from seatrial.cli.listing import list_parts
from seatrial.cli.options import warn_of_usual_store
from seatrial.cli.plan import plan
from seatrial.cli.probe import probe
from seatrial.cli.proxy import proxy
from seatrial.cli.report import report
from seatrial.cli.rollback import rollback
from seatrial.cli.run import run
from seatrial.cli.runs import runs
from seatrial.cli.schema import schema
from seatrial.cli.slo import slo
from seatrial.cli.worker import worker

app = typer.Typer(
    name="seatrial",
    help="Runs chaos experiments: no fault outlives its run, no verdict without evidence, "
    "nothing is hit that the plan did not show.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (
    init,
    check,
    plan,
    probe,
    slo,
    alerts,
    run,
    budget,
    calibrate,
    report,
    runs,
    rollback,
    halt,
    demo,
    schema,
    worker,
    proxy,
    agent,
    doctor,
    convert,
):
    app.command()(command)
app.command("list")(list_parts)
_WITHOUT_STORE = ("alerts", "check", "list", "probe", "schema", "slo")
"""Commands that open no store, and warn of unfinished runs all the same."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from seatrial import __version__

        typer.echo(f"seatrial {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: bool = typer.Option(  # noqa: ARG001  its callback acts on it
        False, "--version", help="Print the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Options of the command line itself."""
    if context.invoked_subcommand in _WITHOUT_STORE:
        warn_of_usual_store()
