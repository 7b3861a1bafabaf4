"""The application: which commands there are. stdout is data, stderr is everything else."""

import sys
import textwrap
from collections.abc import Sequence
from pkgutil import resolve_name
from typing import Final

from seatrial.cli.command import Command, run_command
from seatrial.cli.console import say
from seatrial.errors import InvalidInput

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
_ABOUT: Final = (
    "Runs chaos experiments: no fault outlives its run, no verdict without evidence, "
    "nothing is hit that the plan did not show."
)
_ELSEWHERE: Final = {"list": "seatrial.cli.listing:list_parts", "fetch": "seatrial.cli.in_cluster:fetch"}
"""A command that cannot have the name of its function."""
_WITHOUT_STORE = ("alerts", "check", "list", "probe", "rules", "schema", "slo")
"""Commands that open no store, and warn of unfinished runs all the same."""


def command_of(name: str) -> Command:
    """The function of a command; no other command is imported."""
    command: Command = resolve_name(_ELSEWHERE.get(name, f"seatrial.cli.{name}:{name}"))
    return command


def run_app(arguments: Sequence[str]) -> None:
    """Run the command that these arguments begin with; raises InvalidInput where there is none such."""
    first, *rest = arguments or ("",)
    if first == "--version":
        from seatrial import __version__

        say(f"seatrial {__version__}")
    elif first == "--help":
        say(_help())
    elif first == "":
        print(_help(), file=sys.stderr)
        sys.exit(2)
    elif first not in COMMANDS:
        raise _unknown(first)
    else:
        _warn_for(first)
        run_command(first, command_of(first), rest)


def _warn_for(name: str) -> None:
    if name in _WITHOUT_STORE:
        from seatrial.cli.options import warn_of_usual_store

        warn_of_usual_store()


def _unknown(name: str) -> InvalidInput:
    from seatrial.files.nearest import nearest

    guess = nearest(name, COMMANDS)
    return InvalidInput(
        f"there is no command {name!r}", f"did you mean {guess!r}?" if guess else "see `seatrial --help`"
    )


def _help() -> str:
    lines = ["usage: seatrial [--version] [--help] COMMAND ...", "", textwrap.fill(_ABOUT, 78), ""]
    for name in COMMANDS:
        about = (command_of(name).__doc__ or "").partition("\n")[0]
        lines.append(f"  {name:10} {textwrap.shorten(about, 67, placeholder='...')}")
    return "\n".join([*lines, "", "`seatrial COMMAND --help` tells what a command takes."])
