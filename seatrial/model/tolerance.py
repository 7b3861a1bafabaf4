"""How many readings have to be bad before a value has deviated: `3 of 5`."""

import re
from typing import Final

from seatrial.model.record import Written

_OF_MAX: Final = 3600
_FORM: Final = re.compile(r"\s*(?P<bad>\d{1,9})\s+of\s+(?P<of>\d{1,9})\s*")


class Tolerance(Written):
    """N of M: this many readings out of as many in a row, not met, are a deviation."""

    __slots__ = ("bad", "of")

    def __init__(self, text: object) -> None:
        match = _FORM.fullmatch(str(text))
        if match is None:
            raise ValueError(f"{text!r} is not a tolerance: write it like `3 of 5`")
        self.bad, self.of = int(match["bad"]), int(match["of"])
        super().__init__(f"{self.bad} of {self.of}")
        if not 1 <= self.bad <= self.of:
            raise ValueError(f"`{text}` cannot happen: write it like `3 of 5`")
        if self.of > _OF_MAX:
            raise ValueError(f"`{text}` looks at more than {_OF_MAX} readings: write it like `3 of 5`")
