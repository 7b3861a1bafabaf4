"""Hold connections to a server and say nothing. Arguments: host, port, how many, seconds to get them in."""

import os
import resource
import selectors
import socket
import sys
import threading
import time

SPARE = 32
PAUSE_S = 0.003
AT_ONCE = 16
"""How many are begun in one go: more overflow the queue of a server that has yet to accept them."""


class Hoard:
    """The connections: begun, held, and begun again when the other side ends them."""

    def __init__(self, family: int, address: object, wanted: int) -> None:
        self.family, self.address, self.wanted = family, address, wanted
        self.selector = selectors.DefaultSelector()
        self.held = 0
        self.reason = "no connection was made"

    def begin(self) -> None:
        """Connect without waiting, as many as are missing."""
        for _ in range(min(AT_ONCE, self.wanted - len(self.selector.get_map()))):
            one = socket.socket(self.family, socket.SOCK_STREAM)
            one.setblocking(False)
            one.connect_ex(self.address)  # type: ignore[arg-type]  # as getaddrinfo gave it
            self.selector.register(one, selectors.EVENT_WRITE)

    def look(self, wait_s: float) -> None:
        """See which have been made and which have ended."""
        for key, ready in self.selector.select(wait_s):
            one = key.fileobj
            assert isinstance(one, socket.socket)
            if ready & selectors.EVENT_WRITE:
                self._made(one)
            elif self._ended(one):
                self.held -= 1
                self._drop(one)

    def _made(self, one: socket.socket) -> None:
        error = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.reason = os.strerror(error)
            self._drop(one)
        else:
            self.held += 1
            self.selector.modify(one, selectors.EVENT_READ)

    @staticmethod
    def _ended(one: socket.socket) -> bool:
        try:
            return not one.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _drop(self, one: socket.socket) -> None:
        self.selector.unregister(one)
        one.close()


def main() -> None:
    """Get them, tell, and hold them."""
    host, port, wanted, within_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < wanted + SPARE:
        raise OSError(f"this user may have {most} files open, and {wanted + SPARE} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + SPARE, most))
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    hoard = Hoard(family, address, wanted)
    deadline, never = time.monotonic() + within_s, threading.Event()
    while hoard.held < wanted and time.monotonic() < deadline:
        hoard.begin()
        hoard.look(0.02)
        never.wait(PAUSE_S)
    if hoard.held == 0:
        raise OSError(hoard.reason)
    os.write(1, b"ready\n")
    while True:
        hoard.begin()
        hoard.look(1.0)
        never.wait(0.02)  # one that the server ends is opened again, but not without rest


main()
