"""Every error that Seatrial raises on purpose.

SeatrialError            shown to the user as a sentence and a hint, never as a traceback
├── InvalidInput         the file or the command is wrong              exit 2
├── Refused              the plan may not run; nothing was touched     exit 3
└── StoreError           the journal or the store cannot be used       exit 3 before, told after
FaultError               what an action may raise across the pack boundary
├── Retryable            try again: busy, timed out
├── Fatal                no use in trying again
└── ForeignChange        undo refuses: somebody else has changed it since
"""

from typing import ClassVar


class SeatrialError(Exception):
    """What went wrong in one sentence, and in `hint` what to do about it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(SeatrialError):
    """The command or a file cannot be understood."""


class Refused(SeatrialError):
    """A safety rule forbids this run; nothing has been touched."""

    exit_code = 3


class StoreError(SeatrialError):
    """The folder of runs cannot be read or written."""

    exit_code = 3


class FaultError(Exception):
    """An action's failure, with the policy that belongs to it."""


class Retryable(FaultError):
    """Worth another try: the target was busy or did not answer in time."""


class Fatal(FaultError):
    """Another try would fail in the same way."""


class ForeignChange(FaultError):
    """What we had set is no longer what is there: it belongs to somebody else now."""
