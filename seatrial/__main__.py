"""`seatrial` and `python -m seatrial`."""

import atexit
import gc
import os
import sys
import threading
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from seatrial.errors import SeatrialError

_OBJECTS_BETWEEN_SEARCHES: Final = 100_000
"""Start-up makes many objects, nearly all of which stay: to search them for garbage is mostly in vain."""


def main() -> None:
    """Run the command line; every error that Seatrial raises on purpose becomes a sentence."""
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
    from seatrial.cli.app import run_app
    from seatrial.cli.console import forget_stdout, forget_what_nobody_reads, show_error
    from seatrial.errors import SeatrialError

    atexit.register(gc.freeze)  # to search a thousand modules for garbage at the very end takes 0.1 s
    atexit.register(forget_what_nobody_reads)
    try:
        run_app(sys.argv[1:])
    except SeatrialError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        forget_stdout()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  a defect of our own: told in a sentence, kept in a file
        show_error(_kept(error))
        sys.exit(70)


def _open_streams() -> None:
    """Whoever starts it may have closed them: what is opened next would else be taken for its output."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, mode))


def command() -> NoReturn:
    """`main`, and out at once: to take a thousand modules apart takes as long as a short run's verdict."""
    _open_streams()
    code: str | int | None = 0
    try:
        main()
    except SystemExit as asked:
        code = asked.code
    if threading.active_count() > 1 or not isinstance(code, int):
        sys.exit(code)  # some thread may have work to finish
    atexit._run_exitfuncs()  # noqa: SLF001  what the interpreter itself would do before it takes all apart
    os._exit(code)


def _kept(error: Exception) -> "SeatrialError":
    """Write the traceback of a defect to a file, for whoever mends it."""
    import tempfile
    import traceback

    from seatrial.errors import SeatrialError

    with tempfile.NamedTemporaryFile("w", prefix="seatrial-crash-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return SeatrialError(
        f"Seatrial itself failed: {type(error).__name__}: {error}",
        f"please report this with {file.name}; if a run was going on, `seatrial runs` tells how it ended",
    )


if __name__ == "__main__":
    command()
