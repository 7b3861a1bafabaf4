"""How the command line speaks: plain sentences on stderr, hints on a line of their own."""

import contextlib
import os
import sys
from typing import TextIO

from seatrial.errors import SeatrialError

_STYLES = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2", "cyan": "36"}


def is_colored(stream: TextIO) -> bool:
    """True where colours are wanted: a terminal, and no NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a colour, where the stream (stdout without one) shows colours."""
    stream = stream or sys.stdout
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if is_colored(stream) else text


def tell(text: str) -> None:
    """A line for people, on stderr. Nothing depends on whether somebody still reads it."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def forget_stdout() -> None:
    """Whoever read our output has gone: what is still written goes nowhere, and harms nothing."""
    _forget(sys.stdout)


def forget_what_nobody_reads() -> None:
    """At the very end: a terminal that is gone is no reason for an exit code of 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _forget(stream)


def _forget(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show_error(error: SeatrialError) -> None:
    """`error: …` and, where there is something to do, `hint: …`."""
    tell(f"{styled('error:', 'red', sys.stderr)} {error.message}")
    if error.hint:
        tell(f"{styled('hint:', 'cyan', sys.stderr)} {error.hint}")


def say(text: object = "", *, end: str = "\n") -> None:
    """Data, on stdout, at once: that its reader is gone is noticed here."""
    print(text, end=end, flush=True)
