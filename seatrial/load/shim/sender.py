"""Carries messages from a worker process to the engine, and notices when the engine is gone."""

import json
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import gevent

from seatrial.load.wire import Message

WAITING_MAX = 600
"""Messages kept while the engine does not read; the oldest are then dropped and counted."""


class Sender(Protocol):
    """Takes messages; never blocks the greenlet that gives them."""

    def send(self, message: Message) -> None:
        """Deliver soon, in order."""

    def take_lost(self) -> int:
        """How many messages had to be dropped since the call before."""

    def drain(self) -> None:
        """Deliver what waits, before the process ends."""


class SocketSender:
    """Over the SEQPACKET socket that the engine left open for the Locust process."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fd))
        self._waiting: deque[bytes] = deque()
        self._lost = 0
        self._loop: gevent.Greenlet | None = None
        gevent.spawn(self._die_with_the_engine)

    def send(self, message: Message) -> None:
        """Deliver soon, in order."""
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append(json.dumps(message).encode())
        if self._loop is None or self._loop.dead:
            self._loop = gevent.spawn(self._deliver)

    def take_lost(self) -> int:
        """How many messages had to be dropped since the call before."""
        lost, self._lost = self._lost, 0
        return lost

    def drain(self) -> None:
        """Deliver what waits, for at most half a second: the process ends."""
        if self._loop is not None:
            self._loop.join(timeout=0.5)

    def _deliver(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            self._socket.send(message)  # waits, cooperatively, while the engine does not read

    def _die_with_the_engine(self) -> None:
        """Second means beside the death signal: nobody holds the other end any more."""
        try:
            gone = self._socket.recv(1) == b""
        except OSError:
            gone = True
        if gone:
            os._exit(1)


class MasterSender:
    """From a remote worker: through Locust's own connection to its master."""

    def __init__(self, send_message: Callable[[str, Any], None]) -> None:
        self._send_message = send_message

    def send(self, message: Message) -> None:
        """Deliver soon, in order."""
        self._send_message(MASTER_MESSAGE, message)

    def take_lost(self) -> int:
        """Never any: the connection queues for itself."""
        return 0

    def drain(self) -> None:
        """Nothing waits here."""


MASTER_MESSAGE = "seatrial_message"
