"""`seatrial slo`: what SLO files promise, as Seatrial reads them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seatrial.cli.console import tell

if TYPE_CHECKING:
    from seatrial.files.problem import InvalidFile
    from seatrial.slo.slo_file import SloFile


def slo(
    files: Annotated[
        list[Path], typer.Argument(help="SLO files: OpenSLO v1, Sloth, Pyrra, slo-generator, or plain.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an SLO.")] = False,
) -> None:
    """Read SLO files of any known format and say what is counted, or exactly why it cannot be.

    Exits with 0 where every SLO can be used, with 2 otherwise.
    """
    from seatrial.files.problem import InvalidFile
    from seatrial.slo.slo_file import read_slos

    all_right = True
    for path in files:
        try:
            read = read_slos(path)
        except InvalidFile as why:
            _refuse(why)
            all_right = False
            continue
        _show(read, as_json)
        for _, reason in read.refused:
            _refuse(reason)
        all_right = all_right and not read.refused
    if not all_right:
        raise typer.Exit(2)


def _refuse(why: "InvalidFile") -> None:
    for problem in why.problems:
        tell(f"refused: {problem}")


def _show(read: "SloFile", as_json: bool) -> None:
    for one in read.slos:
        if as_json:
            typer.echo(json.dumps(one.model_dump(mode="json")))
            continue
        typer.echo(f"{read.path}#{one}")
        for note in one.notes:
            typer.echo(f"  note: {note}")
