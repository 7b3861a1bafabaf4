"""A validator of a pack that fails instead of saying what is wrong."""

import traceback

from seatrial.errors import InvalidInput
from seatrial.pack import Pack


def broken_model(error: Exception, pack: Pack) -> InvalidInput:
    """The error in the pack's own words, with the innermost line of the pack that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if any(f.filename.startswith(f"{root}/") for root in pack.roots)]
    place = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
    return InvalidInput(
        f"{place}{type(error).__name__} while a file was checked: {error}",
        "a validator says what is wrong with a ValueError: mend this one",
    )
