"""The application: which commands there are. stdout is data, stderr is everything else."""

from collections.abc import Collection, Sequence
from pkgutil import resolve_name
from typing import Final

import typer

from seatrial.cli.options import warn_of_usual_store

COMMANDS: Final = (
    "init",
    "check",
    "plan",
    "probe",
    "slo",
    "alerts",
    "run",
    "fetch",
    "schedule",
    "budget",
    "calibrate",
    "report",
    "runs",
    "rollback",
    "halt",
    "demo",
    "schema",
    "rules",
    "worker",
    "proxy",
    "agent",
    "doctor",
    "convert",
    "list",
)
"""In the order of `seatrial --help`."""
_ELSEWHERE: Final = {"list": "seatrial.cli.listing:list_parts", "fetch": "seatrial.cli.in_cluster:fetch"}
"""A command that cannot have the name of its function."""
_WITHOUT_STORE = ("alerts", "check", "list", "probe", "rules", "schema", "slo")
"""Commands that open no store, and warn of unfinished runs all the same."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from seatrial import __version__

        typer.echo(f"seatrial {__version__}")
        raise typer.Exit


def _options(
    context: typer.Context,
    version: bool = typer.Option(  # noqa: ARG001  its callback acts on it
        False, "--version", help="Print the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Options of the command line itself."""
    if context.invoked_subcommand in _WITHOUT_STORE:
        warn_of_usual_store()


def app_of(names: Collection[str] = COMMANDS) -> typer.Typer:
    """The application with these commands, and nothing of the others imported."""
    app = typer.Typer(
        name="seatrial",
        help="Runs chaos experiments: no fault outlives its run, no verdict without evidence, "
        "nothing is hit that the plan did not show.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    for name in names:
        app.command(name)(resolve_name(_ELSEWHERE.get(name, f"seatrial.cli.{name}:{name}")))
    return app


def run_app(arguments: Sequence[str]) -> None:
    """Run the command that these arguments begin with; all are there where they name none."""
    app_of(set(COMMANDS).intersection(arguments[:1]) or COMMANDS)()
