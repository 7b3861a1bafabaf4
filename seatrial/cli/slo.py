"""`seatrial slo`: what SLO files promise, as Seatrial reads them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say, tell

if TYPE_CHECKING:
    from seatrial.files.problem import InvalidFile
    from seatrial.slo.slo_file import SloFile


def slo(
    files: Annotated[
        list[Path],
        Argument(help="OpenSLO v1, Sloth, Pyrra, slo-generator, or plain.", metavar="FILE..."),
    ],
    as_json: Annotated[bool, Option("--json", help="One JSON object an SLO.")] = False,
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
        sys.exit(2)


def _refuse(why: "InvalidFile") -> None:
    for problem in why.problems:
        tell(f"refused: {problem}")


def _show(read: "SloFile", as_json: bool) -> None:
    for one in read.slos:
        if as_json:
            say(json.dumps(one.model_dump(mode="json")))
            continue
        say(f"{read.path}#{one}")
        for note in one.notes:
            say(f"  note: {note}")
