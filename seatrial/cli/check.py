"""`seatrial check`: every problem of every file at once."""

import sys
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Option
from seatrial.cli.console import say, styled, tell
from seatrial.cli.options import ExperimentPaths, Packs, Sets, overrides

if TYPE_CHECKING:
    from seatrial.files.checked import Checked


def check(
    files: ExperimentPaths,
    sets: Sets = None,
    packs: Packs = None,
    as_json: Annotated[bool, Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Tell everything that is wrong in experiment files, each with its line and what to do about it.

    Exits with 0 where all files are right, with 2 otherwise.
    """
    import json

    from seatrial.files.checked import checked
    from seatrial.toolkit.checking import checked_toolkit
    from seatrial.toolkit.shape import is_toolkit

    values = overrides(sets)
    results = [
        checked_toolkit(path) if is_toolkit(path) else checked(path, packs=packs or (), overrides=values)
        for path in files
    ]
    if as_json:
        say(json.dumps({"files": [result.model_dump(mode="json") for result in results]}, indent=2))
    else:
        for result in results:
            _show(result)
    if not all(result.ok for result in results):
        sys.exit(2)


def _show(result: "Checked") -> None:
    for warning in result.warnings:
        tell(f"{styled('warning:', 'yellow', sys.stderr)} {warning}")
    for problem in result.problems:
        tell(f"{styled('error:', 'red', sys.stderr)} {problem}")
    if result.ok:
        say(f"ok: {result.file}")
