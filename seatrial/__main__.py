"""`seatrial` and `python -m seatrial`."""

import sys


def main() -> None:
    """Run the command line; every error that Seatrial raises on purpose becomes a sentence."""
    from seatrial.cli.app import app
    from seatrial.cli.console import show_error
    from seatrial.errors import SeatrialError

    try:
        app()
    except SeatrialError as error:
        show_error(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
