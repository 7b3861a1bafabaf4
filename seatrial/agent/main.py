"""The agent as a program: an order in, lines of JSON out, an exit code."""

import sys
from collections.abc import Sequence

from seatrial.errors import InvalidInput, SeatrialError

_WRONG = 2


def main(arguments: Sequence[str]) -> int:
    """Do the one order that is given."""
    from seatrial.agent.order import read_order
    from seatrial.agent.post import serve, tell

    try:
        if len(arguments) != 1:
            raise InvalidInput(
                f"an agent takes one argument, its order as JSON, and not {len(arguments)}",
                "docs/reference/agent.md has the keys of an order",
            )
        return serve(read_order(arguments[0]))
    except SeatrialError as error:
        tell("wrong", reason=error.message)
        sys.stderr.write(f"error: {error.message}\nhint: {error.hint}\n")
        return _WRONG
