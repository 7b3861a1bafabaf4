"""Which HTTP it is on a connection, by what the client says first: 1.1, 2 without TLS, or none.

A server of HTTP/2 may speak first; until the client has spoken, what may be its settings waits here.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from seatrial.proxy.faults import Fault
from seatrial.proxy.lane import Lane
from seatrial.proxy.pieces import Mark

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client of HTTP/2 begins with."""
_SETTINGS: Final = b"\x04"
_EARLY_BYTES_MAX: Final = 64 * 1024


class Hearing(Protocol):
    """Who reads what both sides say, and passes it on."""

    def hear_client(self, data: bytes | Mark) -> None:
        """The client has said something."""

    def hear_server(self, data: bytes | Mark) -> None:
        """The server has said something."""

    def hurry(self) -> None:
        """What waits for a fault of requests need not wait any more."""


class Listener:
    """Gives what both sides say to who can read it, as soon as that is known."""

    def __init__(self, to_server: Lane, to_client: Lane, faults: Callable[[], Iterable[Fault]]) -> None:
        self._lanes, self._faults = (to_server, to_client), faults
        self._hearing: Hearing | None = None
        self._asked = self._said = b""

    def hear_client(self, data: bytes | Mark) -> None:
        """The client has said something."""
        if self._hearing is None and isinstance(data, bytes):
            self._asked += data
            if len(self._asked) >= len(PREFACE) or not PREFACE.startswith(self._asked):
                self._choose()
            return
        self._choose().hear_client(data)

    def hear_server(self, data: bytes | Mark) -> None:
        """The server has said something."""
        if self._hearing is None and isinstance(data, bytes):
            self._said += data
            if not may_be_settings(self._said) or len(self._said) > _EARLY_BYTES_MAX:
                self._choose()
            return
        self._choose().hear_server(data)

    def hurry(self) -> None:
        """What waits for a fault of requests need not wait any more."""
        if self._hearing is not None:
            self._hearing.hurry()

    def _choose(self) -> Hearing:
        if self._hearing is None:
            self._hearing = self._calls() if self._asked.startswith(PREFACE) else self._talk()
            if self._asked:
                self._hearing.hear_client(self._asked)
            if self._said:
                self._hearing.hear_server(self._said)
            self._asked = self._said = b""
        return self._hearing

    def _calls(self) -> Hearing:
        from seatrial.proxy.calls import Calls

        return Calls(*self._lanes, self._faults)

    def _talk(self) -> Hearing:
        from seatrial.proxy.talk import Talk

        return Talk(*self._lanes, self._faults)


def may_be_settings(start: bytes) -> bool:
    """Whether HTTP/2 may begin like that, after its preface: with a frame of settings, which is not large."""
    kind, stream = start[3:4], start[5:9]
    return start[:1] in (b"", b"\0") and kind in (b"", _SETTINGS) and stream == bytes(len(stream))
