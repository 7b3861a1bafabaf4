"""How many readings have to be bad before a value has deviated: `3 of 5`."""

from typing import Final

from seatrial.model.record import Written

_OF_MAX: Final = 3600


class Tolerance(Written):
    """N of M: this many readings out of as many in a row, not met, are a deviation."""

    __slots__ = ("bad", "of")

    def __init__(self, text: object) -> None:
        bad, _, count = str(text).partition(" of ")
        if not (bad.isdecimal() and count.isdecimal()):
            raise ValueError(f"{text!r} is not a tolerance: write it like `3 of 5`")
        super().__init__(str(text))
        self.bad, self.of = int(bad), int(count)
        if not 1 <= self.bad <= self.of:
            raise ValueError(f"`{text}` cannot happen: write it like `3 of 5`")
        if self.of > _OF_MAX:
            raise ValueError(f"`{text}` looks at more than {_OF_MAX} readings: write it like `3 of 5`")
