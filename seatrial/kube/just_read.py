"""What the look before an undo has read, undo does not read again.

Undo begins by reading the same object, and tests in what it writes that this is as it was read: a moment more
of age costs it another try at the most, and a thousand targets are a thousand requests less.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Look:
    """Keeps what is read until it is over; from then on each of it is at hand once."""

    is_over: bool = False
    found: dict[str, Any] = field(default_factory=dict)


_look: ContextVar[Look | None] = ContextVar("look", default=None)


@contextmanager
def shared_look() -> Iterator[Look]:
    """For a look and what follows it, in this thread."""
    token = _look.set(look := Look())
    try:
        yield look
    finally:
        _look.reset(token)


def take(path: str) -> Any:
    """The object as the look has found it, once; None where it has to be read."""
    look = _look.get()
    return look.found.pop(path, None) if look is not None and look.is_over else None


def keep(path: str, found: Any) -> None:
    """The last that a look has read of an object."""
    look = _look.get()
    if look is not None and not look.is_over:
        look.found[path] = found
