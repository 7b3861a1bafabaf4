"""The command line within this process: a start of Python for each of many calls would take too long."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.cli.app import run_app


@dataclass(frozen=True)
class Invoked:
    """What a command said, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def invoke(arguments: Sequence[str]) -> Invoked:
    """Raises what the command raises, but for the end of the program."""
    exit_code = 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            run_app(arguments)
        except SystemExit as end:
            exit_code = end.code if isinstance(end.code, int) else 0
    return Invoked(exit_code, out.getvalue(), err.getvalue())
