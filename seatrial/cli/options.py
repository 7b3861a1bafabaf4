"""Options that several commands share."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.files.problem import Problem
    from seatrial.store import Store

RUNS_VARIABLE = "SEATRIAL_RUNS"
ExperimentPath = Annotated[Path, Argument(help="An experiment file, YAML or JSON.", metavar="FILE")]
ExperimentPaths = Annotated[list[Path], Argument(help="Experiment files, YAML or JSON.", metavar="FILE...")]
Sets = Annotated[
    list[str] | None, Option("--set", help="Give a variable of the file a value.", metavar="NAME=VALUE")
]
Packs = Annotated[
    list[Path] | None,
    Option("--pack", help="Another folder with probes, actions, reports.", metavar="DIR"),
]
RunsFolder = Annotated[
    Path, Option("--runs", help="The folder of runs.", metavar="DIR", envvar=RUNS_VARIABLE)
]
Seed = Annotated[int | None, Option("--seed", help="For every choice by chance.", min=0)]
RUNS_DEFAULT = Path("runs")


def overrides(sets: list[str] | None) -> dict[str, str]:
    """`--set name=value`, as often as given; raises InvalidInput where one is not of this form."""
    found: dict[str, str] = {}
    for text in sets or ():
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InvalidInput(f"`--set {text}` sets nothing", "write it as `--set name=value`")
        if name in found:
            raise InvalidInput(f"`--set {name}=` is given twice", "give it once")
        found[name] = value
    return found


def warn(problems: "Iterable[Problem]") -> None:
    """What is odd in a file and forbids nothing."""
    from seatrial.cli.console import styled, tell

    for problem in problems:
        tell(f"{styled('warning:', 'yellow', sys.stderr)} {problem}")


def open_store(folder: Path, *, except_run: str = "") -> "Store":
    """The store of a folder; warns of every run in it that left something behind."""
    from seatrial.cli.console import styled, tell
    from seatrial.store import Store

    store = Store(folder.resolve())
    for run in store.unfinished():
        if run.id != except_run:
            text = f"run {run.id} did not end: undo what it left with `seatrial rollback {run.id}`"
            tell(f"{styled('warning:', 'yellow', sys.stderr)} {text}")
    return store


def warn_of_usual_store() -> None:
    """For commands that open no store: the one that a run would use without `--runs`."""
    folder = Path(os.environ.get(RUNS_VARIABLE) or RUNS_DEFAULT)
    if folder.is_dir():
        open_store(folder)
